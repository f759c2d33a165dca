// Reads and verifies until the ring is closed. Says { ready }, then { delivered, lost, losses, mismatch } in the end.
import { BackoffIdle, RingReader } from 'ringwire';
import { check } from './record-content.mjs';

const { root, most, every = 0, ...options } = JSON.parse(process.argv[2]);
let expected = 0;
let toldByLaps = 0;
let mismatch = null;
let delivered = 0;
const reader = RingReader.open(root, 7, {
  ...options,
  onLoss(lap) {
    toldByLaps += lap.records;
    expected += lap.records;
  },
});
expected = reader.sequence;
const first = expected;
let words = null;
let bytes = null;
function handler(buffer, offset, length, position) {
  if (bytes !== buffer) {
    bytes = buffer;
    words = new Int32Array(buffer.buffer, buffer.byteOffset, buffer.length >> 2);
  }
  const wrong = check(words, buffer, offset, length, expected, most);
  if (wrong !== null) mismatch ??= `record ${expected} at ${position}: ${wrong}`;
  expected++;
  delivered++;
}
const idle = new BackoffIdle({ maxMillis: 0.2 });
process.send({ ready: true });
let told = 0;
while (reader.endReason === null || reader.endReason.code === 'TIMEOUT') {
  let count = 0;
  try {
    count = reader.poll(handler, 512);
  } catch (error) {
    process.send({ error: error.code, delivered, lost: toldByLaps });
    break;
  }
  if (every > 0 && delivered - told >= every) {
    told = delivered;
    process.send({ progress: delivered });
    await new Promise((resolve) => setImmediate(resolve));
  }
  idle.idle(count);
}
process.send({
  done: true,
  first,
  delivered,
  lost: toldByLaps,
  losses: reader.losses,
  sequence: reader.sequence,
  end: reader.endReason?.code ?? null,
  epoch: reader.epoch,
  mismatch,
});
reader.close();
process.disconnect();
