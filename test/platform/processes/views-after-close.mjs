// Keeps every view of a channel it can get, closes, and uses them all, with and without a collection in between.
import fs from 'node:fs';
import { ShmReader, ShmWriter, TickUnit } from 'ringwire';
import { selectBackend } from '../../../dist/platform/index.js';

const [root, backend] = process.argv.slice(2);
const writer = ShmWriter.create(root, {
  writerId: 1,
  channelId: 7,
  capacity: 1 << 20,
  maxMessageLength: 1000,
  timeout: 30,
  tickUnit: TickUnit.Secs,
  backend,
});
writer.write(Buffer.from('kept'));
const kept = [writer.buffer, new Int32Array(writer.buffer.buffer), new BigInt64Array(writer.buffer.buffer)];
const reader = ShmReader.open(root, 7, { backend });
reader.poll((buffer, offset, length) => {
  kept.push(buffer, buffer.subarray(offset, offset + length), new Uint8Array(buffer.buffer));
});
const fd = fs.openSync(writer.path, 'r+');
const mapping = selectBackend(8192, backend).map(fd, 8192, true);
kept.push(new Uint8Array(mapping.memory));
const { path } = writer;

mapping.close();
mapping.close();
reader.close();
reader.close();
writer.close();
writer.close();
const file = fs.readFileSync(path);

function useAll() {
  let sum = 0;
  for (const view of kept) {
    for (let i = 0; i < view.length; i += 97) sum += Number(view[i]);
    // A reader's view lies on a mapping that could not be written; after close nothing of it is left.
    for (let i = 0; i < view.length; i += 1009) view[i] = typeof view[i] === 'bigint' ? 0x55n : 0x55;
    try {
      view.fill(typeof view[0] === 'bigint' ? 0n : 0);
    } catch (error) {
      // Later releases of Node say that the memory is gone; an error is as good as nothing.
      if (!(error instanceof TypeError)) throw error;
    }
  }
  return sum;
}

const first = useAll();
globalThis.gc();
await new Promise((resolve) => setTimeout(resolve, 20));
const second = useAll();
// New mappings may come to lie where the old ones were: stores through old views must not reach them.
const again = selectBackend(8192, backend).map(fd, 8192, true);
const before = Buffer.from(Buffer.from(again.memory));
useAll();
const reached = !Buffer.from(again.memory).equals(before);
again.close();
fs.writeSync(
  1,
  JSON.stringify({
    first,
    second,
    reached,
    unchanged: fs.readFileSync(path).equals(file),
    views: kept.length,
  }),
);
