// Creates channels until there is no room, writes the last one full, and says what it met.
import fs from 'node:fs';
import { RingwireError, ShmReader, ShmWriter, TickUnit } from 'ringwire';

const [root, backend, capacity] = process.argv.slice(2);
const create = (channelId) =>
  ShmWriter.create(root, {
    writerId: 1,
    channelId,
    capacity: Number(capacity),
    maxMessageLength: 1000,
    timeout: 30,
    tickUnit: TickUnit.Secs,
    backend,
  });

const writers = [];
let error;
for (let channelId = 1; error === undefined && channelId < 10_000; channelId++) {
  try {
    writers.push(create(channelId));
  } catch (caught) {
    error = caught;
  }
}
// Every channel that was created has its room: a full disk stops no write.
let written = 0;
for (const writer of writers) {
  const record = Buffer.alloc(writer.header.maxMessageLength, 7);
  while (writer.tryWrite(record) > 0) written++;
  writer.flush();
  writer.close();
}
let read = 0;
for (const { header } of writers) {
  const reader = ShmReader.open(root, header.channelId, { backend });
  read += reader.poll(() => {});
  reader.close();
}
const folder = `${root}/0000_0000`;
fs.writeSync(
  1,
  JSON.stringify({
    code: error instanceof RingwireError ? error.code : String(error?.stack),
    created: writers.length,
    written,
    read,
    files: fs.existsSync(folder) ? fs.readdirSync(folder).length : 0,
  }),
);
