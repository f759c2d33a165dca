/** What a reader of a log says about what it met, with what to do. */
import { RingwireError } from '../../platform/index.js';
import { WORD } from '../core/record-header.js';
import type { LogFile } from './log-file.js';
import { DATA_OFFSET } from './log-record-layout.js';
import { fileLayoutOf } from './log-sizes.js';

/** `high` and `low` are the halves of the word at `position`; `low` is unsigned. */
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

/** The error of a file that ends before its channel does. `position`: of the next record, in bytes. */
export function truncatedLog(
  { path, length, header }: LogFile,
  position: number,
  reason: string,
): RingwireError {
  const { capacity } = header;
  const needed = DATA_OFFSET + capacity + WORD;
  const who = fileLayoutOf(length, capacity).startsWith('short')
    ? ': the original writer places the tail of a channel past the end of its file'
    : '';
  return new RingwireError(
    'STORAGE_TRUNCATED',
    `${path} ends at byte ${length} of ${needed}, ${reason}${who}; the records before position ${position} are complete`,
    { path, position, length, needed, capacity, reason },
  );
}

/** The answer of the callback read at the end of the data area; `bytesRead`: by the call that met it. */
export function fullLog(path: string, position: number, bytesRead: number): RingwireError {
  const message = `${path} is full: nothing but its end can follow`;
  return new RingwireError('CHANNEL_FULL', message, { path, position, bytesRead });
}

/** The same error with the bytes of this call: later calls report a final answer again. */
export function withBytesRead(error: RingwireError, bytesRead: number): RingwireError {
  const { code, message, name, stack, cause, ...fields } = error;
  return new RingwireError(code, message, { ...fields, cause, bytesRead });
}
