/** Checks and errors of writers of every kind. */
import { RingwireError } from '../../platform/index.js';
import { wholeNumber } from './arguments.js';
import { WORD } from './record-header.js';
import { WriteResult, type Writer } from './writer.js';

/** The largest length that a length field can state, in bytes. */
const LONGEST_LENGTH = 0xffff_ffff;

/** The part of a writer that its errors name. */
type Refusing = Pick<Writer, 'path' | 'available' | 'header'>;

/**
 * The error that `write` throws where `tryWrite` returns `result`. `length`: of the refused record, in bytes. A ring
 * names its slowest reader for back pressure itself.
 */
export function refusal(writer: Refusing, result: number, length: number): RingwireError {
  const { path } = writer;
  switch (result) {
    case WriteResult.Closed:
      return closedWriter(path);
    case WriteResult.RecordTooLong:
      return recordTooLong(writer, length);
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

/** `MAX_RECORD_LENGTH_EXCEEDED`: a record of `recordLength` bytes is longer than the channel accepts. */
export function recordTooLong(
  { path, header }: Pick<Writer, 'path' | 'header'>,
  recordLength: number,
): RingwireError {
  const maxAllowed = header.maxMessageLength;
  return new RingwireError(
    'MAX_RECORD_LENGTH_EXCEEDED',
    `a record of ${recordLength} bytes is longer than the ${maxAllowed} bytes that ${path} accepts: split it, or create the channel with a larger maxMessageLength`,
    { path, recordLength, maxAllowed },
  );
}

/** `CHANNEL_FULL`: a record or batch needs `required` bytes in the channel, more than are left. */
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

/** Error of every call that may not come between `stage` and `publish` or `discard`. */
export function stagePending(): RingwireError {
  return new RingwireError('CLAIM_PENDING', 'records are staged: publish() or discard() them first');
}

/**
 * Checks the arguments of `write` and `tryWrite`.
 * @throws RingwireError `INVALID_ARGUMENT` unless `data` is a Uint8Array or Buffer of at least `length` bytes
 */
export function requirePrefix(data: Uint8Array, length: number): void {
  // The usual case. A Uint8Array of another realm is one, too.
  if (data instanceof Uint8Array && length === data.length && length >>> 0 === length) return;
  if (!isBytes(data)) {
    throw new RingwireError('INVALID_ARGUMENT', 'data must be a Uint8Array or Buffer');
  }
  wholeNumber('length', length, data.length);
}

/**
 * Checks the argument of `tryClaim`. A length beyond that of the channel's records is a result, not an error.
 * @throws RingwireError `INVALID_ARGUMENT` unless `length` is a whole number from 0 to 2^32-1
 */
export function requireClaimLength(length: number): number {
  return wholeNumber('length', length, LONGEST_LENGTH);
}

/**
 * Checks the argument of `stage`. A length beyond that of the channel's records is a result, not an error.
 * @throws RingwireError `INVALID_ARGUMENT` unless `length` is a whole number from 1 to 2^32-1
 */
export function requireStageLength(length: number): number {
  if (length === 0) throw new RingwireError('INVALID_ARGUMENT', 'length must be at least 1: use heartbeat()');
  return wholeNumber('length', length, LONGEST_LENGTH);
}

/**
 * Checks one record of a batch.
 * @throws RingwireError `INVALID_ARGUMENT` unless record `index` is a Uint8Array or Buffer; `MAX_RECORD_LENGTH_EXCEEDED`
 */
export function requireRecord(
  writer: Pick<Writer, 'path' | 'header'>,
  record: Uint8Array | undefined,
  index: number,
): asserts record is Uint8Array {
  if (!isBytes(record)) {
    throw new RingwireError(
      'INVALID_ARGUMENT',
      `record ${index} of the batch must be a Uint8Array or Buffer`,
    );
  }
  if (record.length > writer.header.maxMessageLength) throw recordTooLong(writer, record.length);
}

function isBytes(value: unknown): value is Uint8Array {
  const bytes = value as Uint8Array;
  return ArrayBuffer.isView(value) && bytes.BYTES_PER_ELEMENT === 1 && Number.isSafeInteger(bytes.length);
}
