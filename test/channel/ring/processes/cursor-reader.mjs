// Appends the sequence number of each record to an output and saves cursor and length of the output together; a
// restarted run first cuts the output to the length its cursor knows.
import fs from 'node:fs';
import { DurableCursor, RingReader } from 'ringwire';

const { root, output } = JSON.parse(process.argv[2]);
const probe = RingReader.open(root, 7, { observe: true });
const cursor = DurableCursor.open(`${output}.cursor`, probe.header);
probe.close();
const out = fs.openSync(output, 'a');
let length = cursor.saved?.userValue ?? 0;
fs.ftruncateSync(out, length);
let lost = 0;
const reader = RingReader.open(root, 7, {
  ...(cursor.saved === null ? {} : { from: cursor.saved }),
  onLoss: (lap) => {
    lost += lap.records;
  },
});
process.send({ ready: true });
const lines = [];
while (reader.endReason?.code !== 'CLOSED') {
  const count = reader.poll((buffer, offset) => lines.push(buffer.readUInt32LE(offset)), 20);
  if (count > 0) {
    length += fs.writeSync(out, `${lines.join('\n')}\n`);
    lines.length = 0;
    cursor.save({ position: reader.position, sequence: reader.sequence, userValue: length });
  }
  await new Promise((resolve) => setTimeout(resolve, count > 0 ? 0 : 1));
}
process.send({ done: true, lost });
process.disconnect();
