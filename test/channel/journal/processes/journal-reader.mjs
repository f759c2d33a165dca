// Reads a journal with a registered cursor: the number of each record goes into an output, saved together with the cursor. A
// restarted run first cuts the output to the length that its cursor knows.
import fs from 'node:fs';
import { JournalReader } from 'ringwire';
import { lengthOf, numberOf } from './numbered.mjs';

const { root, output, most } = JSON.parse(process.argv[2]);
const reader = await JournalReader.waitFor(root, 5, { cursor: 'test', timeoutMs: 20_000 });
const out = fs.openSync(output, 'a');
let written = reader.cursor.saved.userValue;
fs.ftruncateSync(out, written);
process.send({ ready: true, sequence: reader.sequence });

let wrong = null;
const numbers = Buffer.alloc(4 * 4096);
let count = 0;
const take = (buffer, offset, length) => {
  const number = numberOf(buffer, offset, length);
  if (number < 0 || length !== lengthOf(number, most)) wrong ??= `torn at ${reader.sequence}`;
  numbers.writeUInt32LE(number >>> 0, 4 * count++);
};
while (reader.endReason?.code !== 'CLOSED' && wrong === null) {
  count = 0;
  if (reader.poll(take, 4096) > 0) {
    written += fs.writeSync(out, numbers, 0, 4 * count);
    reader.saveCursor(written);
  }
  await new Promise((resolve) => setTimeout(resolve, count > 0 ? 0 : 1));
}
const { sequence, losses } = reader;
// First: the next reader of the test takes the same cursor.
reader.close();
process.send({ done: true, sequence, lost: losses.records, error: wrong ?? undefined });
process.disconnect();
