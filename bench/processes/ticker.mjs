// @ts-check
/** Writes a record with the time every two milliseconds, once the sleeper is ready. */
import { setTimeout as delay } from 'node:timers/promises';
import { ShmReader, ShmWriter } from 'ringwire';
import { BACK, benchChannel, DATA, parameters, report } from './channel-options.mjs';

const INTERVAL_MILLIS = 2;
const { root, wakes, warmup } = parameters();
const writer = ShmWriter.create(root, benchChannel(DATA, warmup + wakes, 64));
const back = await ShmReader.waitFor(root, BACK, { timeoutMs: 30_000, timeout: 'never' });
while (back.tryRead() === null) await delay(INTERVAL_MILLIS);
const record = Buffer.alloc(64);
for (let n = 0; n < warmup + wakes; n++) {
  await delay(INTERVAL_MILLIS);
  record.writeInt32LE(~n, 60);
  record.writeDoubleLE(Number(process.hrtime.bigint()), 0);
  writer.write(record);
}
report({ written: warmup + wakes });
back.close();
writer.close();
