/** The callback read of kekbit 0.1 to 0.2.1. */
import type { ShmReader } from '../channel/index.js';

/**
 * Reads up to `messageCount` records of a log with a callback. Heartbeats count and are not passed to the handler.
 * Source: kekbit 0.1 to 0.2.1, `Reader::read`.
 * @param reader a reader of a log
 * @param handler called once per record with its position in bytes and its content, which is valid during the call
 * only
 * @param messageCount maximum number of records and heartbeats
 * @returns bytes read, headers and padding included; 0 if none are available
 * @throws RingwireError with `bytesRead`: `CLOSED`, `CORRUPT_CHANNEL`, `STORAGE_TRUNCATED` (final: every later call
 * throws the same with 0 bytes), `CHANNEL_FULL` and `TIMEOUT` (not final)
 */
export function read(
  reader: ShmReader,
  handler: (position: number, record: Buffer) => void,
  messageCount: number,
): number {
  return reader.read(handler, messageCount);
}
