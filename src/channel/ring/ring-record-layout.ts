/**
 * Records of a ring channel; docs/format-ring.md.
 *
 *    0                   1                   2                   3
 *    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *   +---------------------------------------------------------------+   position p, a multiple of 8;
 *  0| commit word, i32: length of the payload, or a mark            |   file offset DATA + p mod capacity
 *   +---------------------------------------------------------------+
 *  4| sequence number, low 32 bits                                  |   of this record, or of the next one at a mark
 *   +---------------------------------------------------------------+
 *  8| payload, `length` bytes                                      ...
 *   +---------------------------------------------------------------+
 *   | padding up to a multiple of 8, ignored                       ...
 *   +---------------------------------------------------------------+   p + ringRecordSize(length)
 *
 * Records are contiguous. Where the next one does not fit before the end of the data area, a {@link PADDING} mark fills
 * the rest, and the record starts at offset 0 of the next lap. Marks have no sequence number.
 *
 * INV-RING-01: storing the commit word publishes; it is an `Atomics.store`, and the last store of its unit. A unit
 * is a record, a batch, staged records, or padding with one of these after it.
 * INV-RING-02: before a unit is published, the commit word after it is {@link EMPTY}: a reader that loads a published word
 * finds a word after it that was written in this lap.
 */

/** Length in bytes of the word before each payload. */
export const RING_WORD = 8;

/** No unit is published here yet. */
export const EMPTY = 0;
/** A heartbeat: no record, but the writer is alive. */
export const HEARTBEAT_MARK = -1;
/** Padding: the next unit is at offset 0. */
export const PADDING = -2;
/** The close marker: the writer closed the ring. */
export const CLOSE_MARK = -3;
/** A writer took over here. The header has the epoch. */
export const EPOCH_MARK = -4;

/** Bytes that a record of `length` payload bytes uses. */
export function ringRecordSize(length: number): number {
  return Math.ceil((length + RING_WORD) / RING_WORD) * RING_WORD;
}
