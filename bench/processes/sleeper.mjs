// @ts-check
/**
 * A reader that sleeps on the doorbell. `mode`: `idle` blocks the thread, `idleAsync` leaves the event loop free.
 * Measures the processor time of waiting without records, then the delay of each record from write to delivery.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { DoorbellIdle, ShmReader, ShmWriter } from 'ringwire';
import { percentile } from '../statistics.mjs';
import { BACK, benchChannel, DATA, parameters, report } from './channel-options.mjs';

const { root, mode, wakes, warmup, idleMillis } = parameters();
const reader = await ShmReader.waitFor(root, DATA, { timeoutMs: 30_000, timeout: 'never' });
if (reader.doorbell === null) throw new Error('the channel has no doorbell');
const back = ShmWriter.create(root, benchChannel(BACK, 1, 8));
const idle = new DoorbellIdle(reader);
const micros = new Float64Array(wakes);
let received = 0;
/** @type {import('ringwire').RecordHandler} */
const onRecord = (buffer, offset) => {
  const written = buffer.readDoubleLE(offset);
  if (buffer.readInt32LE(offset + 60) !== ~received) throw new Error(`record ${received} is damaged`);
  if (received >= warmup) micros[received - warmup] = (Number(process.hrtime.bigint()) - written) / 1000;
  received++;
};

/** @param {() => boolean} done */
async function pollUntil(done) {
  while (!done()) {
    const polled = reader.poll(onRecord);
    if (mode === 'idle') idle.idle(polled);
    else await idle.idleAsync(polled);
  }
}

// Let start-up and compilation end before processor time is counted.
const settled = performance.now() + Math.min(500, idleMillis);
await pollUntil(() => performance.now() >= settled);
await turn();
const before = process.cpuUsage();
const start = performance.now();
await pollUntil(() => performance.now() >= start + idleMillis);
const { user, system } = process.cpuUsage(before);
const idleCpu = (user + system) / 1000 / (performance.now() - start);
back.write(Buffer.alloc(8));
await pollUntil(() => received === warmup + wakes);
report({ idleCpu, p50: percentile(micros, 0.5), p99: percentile(micros, 0.99), verified: received });
reader.close();
back.close();
