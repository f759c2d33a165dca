/** Sizes of a log channel and their limits. Source: kekbit `Header::new`; docs/format.md, "Sizes". */
import { wholeNumber } from '../core/arguments.js';
import { WORD } from '../core/record-header.js';
import { DATA_OFFSET } from './log-record-layout.js';

/** The smallest capacity written by the portable profile, in bytes; kekbit 0.2.2 and later refuse less. */
export const MIN_CAPACITY = 16_384;
/** The smallest capacity of kekbit 0.1 to 0.2.1: what we read, and write in the heartbeat profile. */
export const MIN_READABLE_CAPACITY = 10_240;
/** The largest capacity in bytes: the file stays within 2^32 bytes. */
export const MAX_CAPACITY = 4_294_966_240;
/** Bytes at the end of the data area that no record may use, so that every reader finds the end marker. */
export const RESERVED_TAIL = 16;
/** Room behind the data area, for the end marker and the footer of kekbit 0.2.2. */
const FOOTER_LENGTH = 32;

const align8 = (n: number) => Math.ceil(n / WORD) * WORD;

/**
 * The capacity that the original derives from a hint: a multiple of 8, at least `minimum`.
 * @throws RingwireError `INVALID_ARGUMENT`
 */
export function capacityFor(hint: number, minimum: number): number {
  const capacity = Math.max(minimum, align8(wholeNumber('capacity', hint, MAX_CAPACITY)));
  return capacity;
}

/** The largest record of any channel of this capacity, in bytes. */
export function maxMessageLengthLimit(capacity: number): number {
  return align8(Math.floor(capacity / 128) - 8);
}

/**
 * The largest record that the original derives from a hint; may be more than was asked for.
 * @throws RingwireError `INVALID_ARGUMENT`
 */
export function maxMessageLengthFor(hint: number, capacity: number): number {
  const asked = wholeNumber('maxMessageLength', hint, 0xffff_ffff);
  return align8(Math.min(asked + 8, Math.floor(capacity / 128) - 8));
}

/** Length of a file of ours: header page, data area, footer. */
export function fileLengthFor(capacity: number): number {
  return DATA_OFFSET + capacity + FOOTER_LENGTH;
}

/**
 * The position at which the last record must end at the latest: {@link RESERVED_TAIL} before the end of the data area,
 * and in a file that is shorter than its channel, where its end marker still fits.
 * @param fileLength bytes of the file that may be used
 */
export function usableEnd(capacity: number, fileLength: number): number {
  const lastMarker = Math.floor((fileLength - DATA_OFFSET - WORD) / WORD) * WORD;
  return Math.max(0, Math.min(capacity - RESERVED_TAIL, lastMarker));
}

/** How the length of a file relates to its capacity, and so who wrote it. */
export type FileLayout = 'full' | 'short-128' | 'short-160' | 'other';

/** How the length of a file relates to its capacity, both in bytes. */
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
