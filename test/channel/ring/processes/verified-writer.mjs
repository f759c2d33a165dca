// Writes verified records from where the ring stands up to a count, by write, claim, batch and stage in turn; then closes.
// Says { ready }, starts when told, says { done, sequence, refused } in the end. Without a count it writes until told again.
import { once } from 'node:events';
import { BackoffIdle, RingWriter, TickUnit } from 'ringwire';
import { fill, lengthOf } from './record-content.mjs';

const { root, count = Infinity, ending = 'close', burst, ...options } = JSON.parse(process.argv[2]);
const writer = RingWriter.open(root, {
  writerId: 1,
  channelId: 7,
  timeout: 60,
  tickUnit: TickUnit.Secs,
  ...options,
});
const most = options.maxMessageLength;
const ring = writer.buffer;
const ringWords = new Int32Array(ring.buffer, ring.byteOffset, ring.length >> 2);
const own = Array.from({ length: 8 }, () => Buffer.from(new ArrayBuffer(most + 8)));
const ownWords = own.map((buffer) => new Int32Array(buffer.buffer, 0, (most + 8) >> 2));
const idle = new BackoffIdle({ maxMillis: 0.2 });
let refused = 0;

function prepare(slot, sequence) {
  const length = lengthOf(sequence, most);
  fill(ownWords[slot], own[slot], 0, length, sequence);
  return own[slot].subarray(0, length);
}

/** Publishes up to `records` records together, filled in place. @returns how many */
function stage(sequence, records) {
  for (let k = 0; k < records; k++) {
    const length = lengthOf(sequence + k, most);
    const at = writer.stage(length);
    if (at < 0) {
      writer.publish();
      return k;
    }
    fill(ringWords, ring, at, length, sequence + k);
  }
  writer.publish();
  return records;
}

function put(sequence) {
  const way = sequence % 7;
  if (way === 0) {
    const length = lengthOf(sequence, most);
    const at = writer.tryClaim(length);
    if (at < 0) return 0;
    fill(ringWords, ring, at, length, sequence);
    writer.commit();
    return 1;
  }
  if (way === 3) {
    const batch = [prepare(0, sequence), prepare(1, sequence + 1)];
    return writer.tryWriteBatch(batch) < 0 ? 0 : 2;
  }
  if (way === 5) return stage(sequence, Math.min(4, count - sequence));
  return writer.tryWrite(prepare(0, sequence)) < 0 ? 0 : 1;
}

process.send({ ready: true });
await once(process, 'message');
let sequence = writer.sequence;
let isTold = false;
if (count === Infinity) {
  process.once('message', () => {
    isTold = true;
  });
}
let turns = 0;
const started = performance.now();
while (sequence < count && !isTold) {
  const taken = put(sequence);
  if (taken === 0) refused++;
  sequence += taken;
  idle.idle(taken);
  if (burst !== undefined && sequence % burst === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  if (count === Infinity && ++turns % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
}
const seconds = (performance.now() - started) / 1000;
if (ending === 'close') writer.close();
process.send({ done: true, sequence: writer.sequence, refused, seconds });
if (ending === 'stay') setInterval(() => {}, 1000);
else process.disconnect();
