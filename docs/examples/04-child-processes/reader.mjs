import { BusySpinIdle, ShmReader } from 'ringwire';
import { CHANNEL_ID, lastByte, RECORD_LENGTH } from './record.mjs';

const [folder, count] = [process.argv[2], Number(process.argv[3])];

const reader = await ShmReader.waitFor(folder, CHANNEL_ID, { timeoutMs: 60_000, timeout: 'final' });
const idle = new BusySpinIdle();
let next = 0;

function check(buffer, offset, length) {
  const number = buffer.readUInt32LE(offset);
  const sound =
    length === RECORD_LENGTH && number === next && buffer[offset + length - 1] === lastByte(number);
  if (!sound) throw new Error(`record ${next} is wrong: number ${number}, ${length} bytes`);
  next++;
}

while (reader.endReason === null) idle.idle(reader.poll(check));
if (next !== count) throw new Error(`${next} of ${count} records: ${reader.endReason.message}`);
reader.close();
