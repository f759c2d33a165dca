/**
 * Records of a log channel. Source: kekbit 0.1 to 0.3, `write`; docs/format.md.
 *
 *    0                   1                   2                   3
 *    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *   +---------------------------------------------------------------+   position p, a multiple of 8;
 *  0| word, u64: length of the payload, or a marker                 |   file offset 1024 + p
 *   |                                                               |
 *   +---------------------------------------------------------------+
 *  8| payload, `length` bytes                                      ...
 *   +---------------------------------------------------------------+
 *   | padding up to a multiple of 8, ignored                       ...
 *   +---------------------------------------------------------------+   p + recordSize(length)
 *
 * INV-LOG-01: the word is stored and loaded as one aligned 64-bit word; storing a length publishes the record.
 * INV-LOG-02: before a length is stored, a marker is stored after the record, so that a reader that loads the length finds a
 * written word after it.
 */

import { WORD } from '../core/record-header.js';

/** File offset of the data area: 128 words, as kekbit computes it. */
export const DATA_OFFSET = 1024;
/** No record is published here yet: 0xFFFFFFFF_11111111. */
export const WATERMARK = -4008636143n;
/** The close marker, 0xFFFFFFFF_FFFFFFFF: the writer closed the channel. */
export const CLOSE = -1n;
/** A record without payload. Readers restart their timeout at it. */
export const HEARTBEAT = 0n;

/** Low half of {@link WATERMARK}. */
export const WATERMARK_LOW = 0x1111_1111;
/** Low half of {@link CLOSE}, signed. */
export const CLOSE_LOW = -1;
/** High half of both markers. */
export const MARKER_HIGH = -1;

/** Bytes that a record of `length` payload bytes uses in the channel. */
export function recordSize(length: number): number {
  return Math.ceil((length + WORD) / WORD) * WORD;
}
