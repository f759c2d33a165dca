// @ts-check
/** Rings with four readers each, which are written and read ten times a second until the process is ended. */
import { RingReader, RingWriter, TickUnit } from 'ringwire';

const { root, channels, readers: perChannel } = JSON.parse(process.argv[2] ?? '');
const CAPACITY = 65_536;
const record = Buffer.alloc(56);

/** @type {RingWriter[]} */
const writers = [];
/** @type {RingReader[]} */
const readers = [];
for (let channelId = 1; channelId <= channels; channelId++) {
  const options = { writerId: 1, channelId, capacity: CAPACITY, maxMessageLength: 1024 };
  writers.push(RingWriter.create(root, { ...options, timeout: 2n ** 64n - 1n, tickUnit: TickUnit.Nanos }));
  for (let i = 0; i < perChannel; i++) {
    readers.push(RingReader.open(root, channelId, { name: `reader-${i}`, timeout: 'never' }));
  }
}
const turn = () => {
  for (const writer of writers) writer.write(record);
  for (const reader of readers) reader.poll(() => {});
};
turn();
setInterval(turn, 100);
process.stdout.write('ready\n');
