// Drops a registered reader without closing it and says whether the writer may go past it. Needs --expose-gc.
import { setTimeout as pause } from 'node:timers/promises';
import { RingReader, RingWriter, TickUnit } from 'ringwire';

const [root, count] = process.argv.slice(2);
const options = {
  writerId: 1,
  channelId: 7,
  capacity: 4096,
  maxMessageLength: 56,
  timeout: 9,
  tickUnit: TickUnit.Secs,
};
const writer = RingWriter.create(root, { ...options, policy: 'back-pressure', stuckReader: 'wait' });
const warnings = [];
process.on('warning', ({ code, message }) => warnings.push({ code, message }));

function drop() {
  const reader = RingReader.open(root, 7, { name: 'dropped' });
  reader.poll(() => {});
}
for (let i = 0; i < Number(count); i++) drop();
const kept = RingReader.open(root, 7, { name: 'kept' });
const full = () => {
  for (let i = 0; i < 1000; i++) {
    if (writer.tryWrite(Buffer.alloc(40)) < 0) return true;
    kept.poll(() => {});
  }
  return false;
};
const held = full();
// Finalizers run in a turn of the event loop after the collection.
let free = false;
for (let turn = 0; turn < 200 && !free; turn++) {
  globalThis.gc();
  await pause(5);
  free = !full();
}
process.stdout.write(
  JSON.stringify({ held, free, readers: writer.readers.map(({ name }) => name), warnings }),
);
