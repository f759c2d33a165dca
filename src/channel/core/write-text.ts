/** Writes text as one record, encoded in place: the way for every writer and every length. */
import { RingwireError } from '../../platform/index.js';
import type { Writer } from './writer.js';

/** What a heartbeat is written of. */
export const NO_BYTES = new Uint8Array(0);

/** Most bytes that a UTF-16 unit takes in UTF-8. */
export const UTF8_BYTES_PER_UNIT = 3;

/**
 * Claims what the text takes and encodes it there.
 * @returns like `Writer.tryWriteUtf8`
 * @throws RingwireError `INVALID_ARGUMENT` unless `text` is a string, `CLAIM_PENDING`
 */
export function claimAndWriteText(
  writer: Pick<Writer, 'tryWrite' | 'tryClaim' | 'commit' | 'buffer'>,
  text: string,
): number {
  if (typeof text !== 'string') throw new RingwireError('INVALID_ARGUMENT', 'text must be a string');
  const length = Buffer.byteLength(text);
  if (length === 0) return writer.tryWrite(NO_BYTES);
  const start = writer.tryClaim(length);
  if (start < 0) return start;
  writer.buffer.write(text, start, length, 'utf8');
  return writer.commit();
}
