// Reads whatever a file holds to its end and says what came: never more than the file has, never for ever.
import { ShmReader } from 'ringwire';

export const TYPED = new Set([
  'STORAGE_TRUNCATED',
  'INVALID_SIGNATURE',
  'INCOMPATIBLE_VERSION',
  'INVALID_CAPACITY',
  'INVALID_MAX_MESSAGE_LENGTH',
  'INVALID_TICK_UNIT',
  'CORRUPT_CHANNEL',
  'CLOSED',
]);

/**
 * @returns the records (positions and hex), how it ended (a code, or 'nothing'), and `problem`: what a reader must
 * never do, or null
 */
export function readChecked(root, channelId, fileLength, backend) {
  const records = [];
  let problem = null;
  let reader;
  const ended = (end) => {
    if (end !== 'nothing' && !TYPED.has(end)) problem ??= `ended with ${end}`;
    return { records, heartbeats: reader?.heartbeats ?? 0, position: reader?.position ?? 0, end, problem };
  };
  try {
    reader = ShmReader.open(root, channelId, { backend, timeout: 'never' });
  } catch (error) {
    return ended(error.code ?? String(error.stack));
  }
  const { capacity, maxMessageLength } = reader.header;
  let next = 0;
  const check = (buffer, offset, length, position) => {
    if (length <= 0 || length > maxMessageLength) problem ??= `record of ${length} bytes at ${position}`;
    if (position < next || offset !== position + 8)
      problem ??= `record at ${position}, ${offset} behind ${next}`;
    if (1024 + offset + length > fileLength) problem ??= `record at ${position} reaches behind the file`;
    next = offset + length;
    if (next > capacity) problem ??= `record at ${position} reaches behind the data area`;
    records.push(`${position} ${buffer.toString('hex', offset, offset + length)}`);
  };
  try {
    // Every poll but the last takes something, so a file can keep a reader busy for as many polls as it has words.
    for (let polls = 0; ; polls++) {
      const before = reader.position;
      const count = reader.poll(check, 100);
      if (polls > fileLength / 8 + 2) problem ??= 'does not come to an end';
      if ((count === 0 && reader.position === before) || problem !== null) break;
    }
    return ended(reader.endReason?.code ?? 'nothing');
  } catch (error) {
    return ended(error.code ?? String(error.stack));
  } finally {
    reader.close();
  }
}
