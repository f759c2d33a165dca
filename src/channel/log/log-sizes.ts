/** Sizes of a log channel and their limits. Source: kekbit `Header::new`; docs/format.md, "Sizes". */
import { wholeNumber } from '../core/arguments.js';
import { WORD } from '../core/record-header.js';
import { DATA_OFFSET } from './log-record-layout.js';

/** Minimum capacity of the portable profile in bytes. kekbit 0.2.2 and later refuse less. */
export const MIN_CAPACITY = 16_384;
/** Minimum capacity of kekbit 0.1 to 0.2.1 in bytes. Readers and the heartbeat profile accept it. */
export const MIN_READABLE_CAPACITY = 10_240;
/** Maximum capacity in bytes: the file stays within 2^32 bytes. */
export const MAX_CAPACITY = 4_294_966_240;
/** Bytes at the end of the data area without records, so that every reader finds the close marker. */
export const RESERVED_TAIL = 16;
/** Bytes after the data area, for the close marker and the footer of kekbit 0.2.2. */
const FOOTER_LENGTH = 32;

const align8 = (n: number) => Math.ceil(n / WORD) * WORD;

/**
 * Returns the capacity that kekbit derives from a requested one: a multiple of 8, at least `minimum`.
 * @throws RingwireError `INVALID_ARGUMENT`
 */
export function capacityFor(hint: number, minimum: number): number {
  const capacity = Math.max(minimum, align8(wholeNumber('capacity', hint, MAX_CAPACITY)));
  return capacity;
}

/** Maximum length of a record in bytes for any channel of this capacity. */
export function maxMessageLengthLimit(capacity: number): number {
  return align8(Math.floor(capacity / 128) - 8);
}

/**
 * Returns the maximum record length that kekbit derives from a requested one. It may exceed the request.
 * @throws RingwireError `INVALID_ARGUMENT`
 */
export function maxMessageLengthFor(hint: number, capacity: number): number {
  const asked = wholeNumber('maxMessageLength', hint, 0xffff_ffff);
  return align8(Math.min(asked + 8, Math.floor(capacity / 128) - 8));
}

/** Length of a log file of ringwire: header page, data area, footer. */
export function fileLengthFor(capacity: number): number {
  return DATA_OFFSET + capacity + FOOTER_LENGTH;
}

/**
 * Returns the position at which the last record must end at the latest. It is {@link RESERVED_TAIL} before the end of
 * the data area; in a file shorter than its channel it leaves space for the close marker.
 * @param fileLength usable bytes of the file
 */
export function usableEnd(capacity: number, fileLength: number): number {
  const lastMarker = Math.floor((fileLength - DATA_OFFSET - WORD) / WORD) * WORD;
  return Math.max(0, Math.min(capacity - RESERVED_TAIL, lastMarker));
}

/**
 * Layout of a file by its length, which identifies the program that wrote it. `full`: capacity + 1056 bytes, by
 * ringwire. `short-128`: capacity + 128 bytes, by kekbit up to 0.2.1. `short-160`: capacity + 160 bytes, by later
 * releases of kekbit. `other`: any other length.
 */
export type FileLayout = 'full' | 'short-128' | 'short-160' | 'other';

/** Returns the layout of a file from its length and its capacity in bytes. */
export function fileLayoutOf(fileLength: number, capacity: number): FileLayout {
  switch (fileLength - capacity) {
    case DATA_OFFSET + FOOTER_LENGTH:
      return 'full';
    case 128:
      return 'short-128';
    case 160:
      return 'short-160';
    default:
      return 'other';
  }
}
