/** Errors of a log reader. */
import { RingwireError } from '../../platform/index.js';
import { WORD } from '../core/record-header.js';
import type { LogFile } from './log-file.js';
import { DATA_OFFSET } from './log-record-layout.js';
import { fileLayoutOf } from './log-sizes.js';

/** Error for a damaged log. `high` and `low` are the halves of the word at `position`; `low` is unsigned. */
export function corruptLog(
  path: string,
  position: number,
  { high, low }: { readonly high: number; readonly low: number },
  reason: string,
): RingwireError {
  const word = (BigInt(high >>> 0) << 32n) | BigInt(low);
  return new RingwireError(
    'CORRUPT_CHANNEL',
    `${path} is damaged at position ${position}: ${reason} (0x${word.toString(16)}); the records before it are complete`,
    { path, position, word, reason },
  );
}

/** Error for a file that ends before its channel. `position`: of the next record in bytes. */
export function truncatedLog(
  { path, length, header }: LogFile,
  position: number,
  reason: string,
): RingwireError {
  const { capacity } = header;
  const needed = DATA_OFFSET + capacity + WORD;
  const who = fileLayoutOf(length, capacity).startsWith('short')
    ? ': kekbit places the tail of a channel beyond the end of its file'
    : '';
  return new RingwireError(
    'STORAGE_TRUNCATED',
    `${path} ends at byte ${length} of ${needed}, ${reason}${who}; the records before position ${position} are complete`,
    { path, position, length, needed, capacity, reason },
  );
}

/** Result of kekbit's `read` at the end of the data area. `bytesRead`: by this call. */
export function fullLog(path: string, position: number, bytesRead: number): RingwireError {
  const message = `${path} is full: no further record fits; continue in a new channel`;
  return new RingwireError('CHANNEL_FULL', message, { path, position, bytesRead });
}

/** Returns the same error with the bytes read by this call: later calls report a final result again. */
export function withBytesRead(error: RingwireError, bytesRead: number): RingwireError {
  const { code, message, name, stack, cause, ...fields } = error;
  return new RingwireError(code, message, { ...fields, cause, bytesRead });
}
