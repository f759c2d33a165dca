/** Checks and errors of writers of every kind. */
import { RingwireError } from '../../platform/index.js';
import { WORD } from './record-header.js';
import { WriteResult, type Writer } from './writer.js';

/**
 * Returns the error that `write` throws when `tryWrite` returns `result` for a record of `length` bytes, handlers
 * included.
 */
export function refusal(writer: Writer, result: number, length: number): RingwireError {
  const { path } = writer;
  const maxAllowed = writer.header.maxMessageLength;
  switch (result) {
    case WriteResult.Closed:
      return closedWriter(path);
    case WriteResult.RecordTooLong:
      return new RingwireError(
        'MAX_RECORD_LENGTH_EXCEEDED',
        `a record of ${length} bytes is longer than the ${maxAllowed} bytes that ${path} accepts: split it, or create the channel with a larger maxMessageLength`,
        { path, recordLength: length, maxAllowed },
      );
    case WriteResult.BackPressured:
    case WriteResult.ReaderStuck:
      return new RingwireError(
        'BACK_PRESSURED',
        `registered readers of ${path} have not caught up: try again later`,
        { path },
      );
    default:
      return channelFull(writer, Math.ceil((length + WORD) / WORD) * WORD, { recordLength: length });
  }
}

/** Error for a record or batch that needs more bytes than the channel has left. */
export function channelFull(
  { path, available: left }: Pick<Writer, 'path' | 'available'>,
  required: number,
  details: { readonly recordLength?: number } = {},
): RingwireError {
  return new RingwireError(
    'CHANNEL_FULL',
    `no room for ${required} bytes in ${path}, ${left} are left: close this channel and continue in a new one`,
    { path, required, left, ...details },
  );
}

/** Error of every call on a closed writer. */
export function closedWriter(path: string): RingwireError {
  return new RingwireError('CLOSED', `the writer of ${path} is closed`, { path });
}

/** Error of `commit` or `abort` without a claim. */
export function noClaim(): RingwireError {
  return new RingwireError('NO_CLAIM', 'no claim is open: call tryClaim() first');
}

/** Error of every other call while a claim is open. */
export function claimPending(): RingwireError {
  return new RingwireError('CLAIM_PENDING', 'a claim is open: commit() or abort() it first');
}

/** @throws RingwireError `INVALID_ARGUMENT` unless `data` is a Uint8Array or Buffer */
export function requireBytes(data: Uint8Array): void {
  if (ArrayBuffer.isView(data) && data.BYTES_PER_ELEMENT === 1) return;
  throw new RingwireError('INVALID_ARGUMENT', 'data must be a Uint8Array or Buffer');
}

/** @throws RingwireError `INVALID_ARGUMENT` unless record `index` of a batch is a Uint8Array or Buffer */
export function requireRecord(record: Uint8Array | undefined, index: number): asserts record is Uint8Array {
  if (ArrayBuffer.isView(record) && record.BYTES_PER_ELEMENT === 1) return;
  throw new RingwireError('INVALID_ARGUMENT', `record ${index} of the batch must be a Uint8Array or Buffer`);
}
