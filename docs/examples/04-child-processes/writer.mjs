import { ShmWriter, TickUnit } from 'ringwire';
import { CHANNEL_ID, lastByte, RECORD_LENGTH, RECORD_SIZE } from './record.mjs';

const [folder, count] = [process.argv[2], Number(process.argv[3])];

const writer = ShmWriter.create(folder, {
  writerId: process.pid,
  channelId: CHANNEL_ID,
  capacity: count * RECORD_SIZE + 16,
  maxMessageLength: 100,
  timeout: 10,
  tickUnit: TickUnit.Secs,
});
const record = Buffer.alloc(RECORD_LENGTH, 'ringwire');
for (let number = 0; number < count; number++) {
  record.writeUInt32LE(number, 0);
  record[RECORD_LENGTH - 1] = lastByte(number);
  writer.write(record);
}
writer.close();
