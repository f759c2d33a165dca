/** Byte ranges of a ring file that changed between two positions. */
import { RING_DATA_OFFSET } from '../ring-header-layout.js';
import { RING_WORD } from '../ring-record-layout.js';

/** A range of the file: offset and length in bytes. */
export type FileRange = readonly [offset: number, length: number];

/**
 * Returns the ranges that a flush writes: the data area from `flushed` to `position`, both in bytes since the
 * beginning, with the empty word after it, and then the header.
 */
export function changedRanges(flushed: number, position: number, capacity: number): FileRange[] {
  const from = flushed % capacity;
  const to = position % capacity;
  const header: FileRange = [0, RING_DATA_OFFSET];
  if (position - flushed >= capacity || to + RING_WORD > capacity) {
    return [[RING_DATA_OFFSET, capacity], header];
  }
  if (from <= to) return [[RING_DATA_OFFSET + from, to - from + RING_WORD], header];
  return [[RING_DATA_OFFSET + from, capacity - from], [RING_DATA_OFFSET, to + RING_WORD], header];
}
