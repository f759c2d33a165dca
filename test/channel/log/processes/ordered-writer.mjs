// Writes numbered records in every way, as fast as it can, into one channel after the other.
import { ShmWriter, TickUnit } from 'ringwire';
import { fillRecord, lengthOf } from './numbered-records.mjs';

const [root, backend, count, perChannel, profile] = process.argv.slice(2);
const BATCH = 8;
const slots = Array.from({ length: BATCH }, () => Buffer.alloc(128));
const create = (channelId) =>
  ShmWriter.create(root, {
    writerId: 1,
    channelId,
    capacity: Number(perChannel) * 128 + 4096,
    maxMessageLength: 120,
    timeout: 60,
    tickUnit: TickUnit.Secs,
    backend,
    profile,
  });

let writer;
for (let number = 0, channelId = 0; number < Number(count); ) {
  if (number % Number(perChannel) === 0) {
    writer?.close();
    writer = create(++channelId);
  }
  switch ((number >> 3) % 3) {
    case 0:
      for (let i = 0; i < BATCH; i++) writer.write(slots[i], fillRecord(slots[i], 0, number++));
      break;
    case 1:
      for (let i = 0; i < BATCH; i++) {
        const offset = writer.tryClaim(lengthOf(number));
        fillRecord(writer.buffer, offset, number++);
        writer.commit();
      }
      break;
    default:
      writer.writeBatch(slots.map((slot) => slot.subarray(0, fillRecord(slot, 0, number++))));
      if (number % 240 === 0) writer.heartbeat();
  }
}
writer?.close();
