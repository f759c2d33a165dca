// @ts-check
/** Nanoseconds of a record, written and polled, in turns with and without subscribers of the diagnostics channels. */
import diagnostics from 'node:diagnostics_channel';
import { RingReader, RingWriter, TickUnit } from 'ringwire';

const { root, records, rounds } = JSON.parse(process.argv[2] ?? '');
const NAMES = ['channel.opened', 'channel.closed', 'reader.lost', 'writer.backPressured', 'health.beat'];
const BATCH = 256;

const options = { writerId: 1, channelId: 1, capacity: 1 << 20, maxMessageLength: 1024 };
const writer = RingWriter.create(root, { ...options, timeout: 2n ** 64n - 1n, tickUnit: TickUnit.Nanos });
const reader = RingReader.open(root, 1, { timeout: 'never' });
const record = Buffer.alloc(64);
const ignore = () => {};
let received = 0;

turn();
turn();
/** @type {number[]} */
const without = [];
/** @type {number[]} */
const subscribed = [];
for (let i = 0; i < rounds; i++) {
  // Neither side always has the first turn.
  if (i % 2 === 0) without.push(turn());
  for (const name of NAMES) diagnostics.subscribe(`ringwire:${name}`, ignore);
  subscribed.push(turn());
  for (const name of NAMES) diagnostics.unsubscribe(`ringwire:${name}`, ignore);
  if (i % 2 !== 0) without.push(turn());
}
if (received !== records * (2 * rounds + 2)) throw new Error(`received ${received} records`);
process.stdout.write(`${JSON.stringify({ without, subscribed })}\n`);
reader.close();
writer.close();

function turn() {
  const from = performance.now();
  for (let written = 0; written < records; written += BATCH) {
    for (let i = 0; i < BATCH; i++) writer.write(record);
    received += reader.poll(ignore);
  }
  return ((performance.now() - from) * 1e6) / records;
}
