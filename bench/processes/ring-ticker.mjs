// @ts-check
/** Writes a record with the time every few milliseconds, once all sleepers are ready. */
import fs from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { RingWriter } from 'ringwire';

const { root, processes, wakes, warmup, intervalMillis } = JSON.parse(process.argv[2] ?? '{}');
const writer = RingWriter.resume(root, 1);
const ready = () => fs.readdirSync(root).filter((name) => name.startsWith('ready-')).length;
while (ready() < processes) await delay(50);
const record = Buffer.alloc(64);
for (let n = 0; n < warmup + wakes; n++) {
  await delay(intervalMillis);
  record.writeInt32LE(~n, 60);
  record.writeDoubleLE(Number(process.hrtime.bigint()), 0);
  writer.write(record);
}
writer.close();
process.stdout.write('{}\n');
