// @ts-check
/**
 * Readers of one ring that sleep on its doorbell without blocking the event loop, `readers` of them in this process.
 * Measures the processor time of waiting without records, then the delay of each record from write to delivery.
 */
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { DoorbellIdle, RingReader } from 'ringwire';
import { percentile } from '../statistics.mjs';

const { root, readers, wakes, warmup, idleMillis } = JSON.parse(process.argv[2] ?? '{}');
const micros = new Float64Array(wakes * readers);
let measured = 0;
const total = warmup + wakes;

const loops = Array.from({ length: readers }, async () => {
  const reader = RingReader.open(root, 1);
  const idle = new DoorbellIdle(reader);
  let received = 0;
  /** @type {import('ringwire').RecordHandler} */
  const onRecord = (buffer, offset) => {
    const written = buffer.readDoubleLE(offset);
    if (buffer.readInt32LE(offset + 60) !== ~received) throw new Error(`record ${received} is damaged`);
    if (received++ >= warmup) micros[measured++] = (Number(process.hrtime.bigint()) - written) / 1000;
  };
  while (received < total) await idle.idleAsync(reader.poll(onRecord));
  reader.close();
});
await delay(Math.min(1000, idleMillis));
const before = process.cpuUsage();
const start = performance.now();
await delay(idleMillis);
const { user, system } = process.cpuUsage(before);
const idleCpu = (user + system) / 1000 / (performance.now() - start);
fs.writeFileSync(path.join(root, `ready-${process.pid}`), '');
await Promise.all(loops);
const [p50, p99] = [percentile(micros, 0.5), percentile(micros, 0.99)];
process.stdout.write(`${JSON.stringify({ idleCpu, p50, p99, verified: measured })}\n`);
