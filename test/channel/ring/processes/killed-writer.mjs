// Resumes or creates the ring and writes verified records until it is killed.
import { RingWriter, TickUnit } from 'ringwire';
import { fill, lengthOf } from './record-content.mjs';

const { root, ...options } = JSON.parse(process.argv[2]);
const writer = RingWriter.open(root, {
  ...{ writerId: 1, channelId: 7, timeout: 60, tickUnit: TickUnit.Secs },
  ...options,
});
const most = options.maxMessageLength;
const ring = writer.buffer;
const words = new Int32Array(ring.buffer, ring.byteOffset, ring.length >> 2);
process.send({ ready: true, sequence: writer.sequence });
for (let sequence = writer.sequence; ; ) {
  const length = lengthOf(sequence, most);
  if (sequence % 5 === 0) {
    const at = writer.stage(length);
    if (at > 0) {
      fill(words, ring, at, length, sequence++);
      for (let k = 0; k < 3; k++) {
        const size = lengthOf(sequence, most);
        const next = writer.stage(size);
        if (next < 0) break;
        fill(words, ring, next, size, sequence++);
      }
      writer.publish();
      continue;
    }
  }
  const at = writer.tryClaim(length);
  if (at < 0) {
    await new Promise((resolve) => setTimeout(resolve, 0));
    continue;
  }
  fill(words, ring, at, length, sequence);
  writer.commit();
  sequence++;
  if (sequence % 64 === 0) await new Promise((resolve) => setTimeout(resolve, 0));
}
