/**
 * Reader slots of a ring: positions of the readers that a back-pressured writer must not overtake. Observers,
 * which apply no back pressure, may also be listed here. 32 slots in the header:
 *
 *      +--------------------------------------------------+
 *    0 | state u32: generation * 4 + 0 free, 1 joining,   |
 *      | 2 active, 3 evicted                              |
 *      +--------------------------------------------------+
 *    4 | pid u32 | start time u32, clock ticks since boot |  for display
 *      +--------------------------------------------------+
 *   12 | role u32: 0 registered, 1 observer               |  an observer stays `joining`
 *      +--------------------------------------------------+
 *   16 | length u8, name, UTF-8, at most 63 bytes         |  for display
 *      +--------------------------------------------------+
 *  128 | position, counter, in 8-byte words               |  alone on its cache lines
 *      +--------------------------------------------------+
 *  144 | laps u32 | records lost, counter                 |  for display
 *      +--------------------------------------------------+
 *  256
 *
 * INV-SLOT-01: a slot belongs to the process that owns the lock on its first byte; only the owner changes its state,
 * except that the writer turns `active` into `free` or `evicted` by compare-and-exchange of state and generation.
 * INV-SLOT-02: a reader stores its position, then `active`, then loads the intent; the writer stores the intent and
 * then loads the slots. So the writer sees the reader, or the reader sees what the writer may overwrite.
 * INV-SLOT-03: a slot without a write lock has no live reader, and the writer does not wait for it. A read lock does
 * not count (INV-LOCK-01).
 * INV-SLOT-04: an observer never becomes `active`, and never takes one of the first 16 slots: no writer waits for it,
 * and up to 16 registered readers always find a slot.
 * INV-SLOT-05: a fork reads only at or after the position that its reader has published; it changes no slot.
 */
import type { LockRange } from '../../platform/index.js';
import { SLOT_COUNT, SLOT_LENGTH, SLOT_OFFSET } from './ring-header-layout.js';

/** State of a free slot. */
export const FREE = 0;
/** State of a slot that a reader has taken and not activated. */
export const JOINING = 1;
/** State of a slot that the writer waits for. */
export const ACTIVE = 2;
/** State of a slot that the writer took from its reader. */
export const EVICTED = 3;
/** Mask of the state in the state word. */
export const STATE_BITS = 3;

/** Offset of the state in a slot, in bytes. */
export const STATE_OFFSET = 0;
/** Offset of the process id in a slot, in bytes. */
export const PID_OFFSET = STATE_OFFSET + 4;
/** Offset of the start time of the process in a slot, in bytes. */
export const START_TIME_OFFSET = PID_OFFSET + 4;
/** Offset of the role in a slot, in bytes. */
export const ROLE_OFFSET = START_TIME_OFFSET + 4;
/** Offset of the name in a slot, in bytes. */
export const NAME_OFFSET = 16;
/** Bytes of the name in a slot, length byte included. */
export const NAME_LENGTH = 64;
/** Offset of the position in a slot, in bytes. */
export const POSITION_OFFSET = 128;
/** Offset of the number of laps in a slot, in bytes. */
export const LAPS_OFFSET = 144;
/** Offset of the number of lost records in a slot, in bytes. */
export const LOST_OFFSET = LAPS_OFFSET + 4;

/** Role of a reader that applies back pressure. */
export const REGISTERED = 0;
/** Role of a reader that applies no back pressure. */
export const OBSERVER = 1;
/** First slot for observers. Only registered readers use the slots before it. */
export const FIRST_OBSERVER_SLOT = SLOT_COUNT / 2;

/** File offset of a slot in bytes. */
export function slotStart(slot: number): number {
  return SLOT_OFFSET + slot * SLOT_LENGTH;
}

/** Word index of a byte offset in a slot. */
export function slotWord(slot: number, offset: number): number {
  return (slotStart(slot) + offset) >> 2;
}

/** Byte range of the lock of a slot. */
export function slotLock(slot: number): LockRange {
  return SLOT_LOCKS[slot] as LockRange;
}

const SLOT_LOCKS: readonly LockRange[] = Array.from({ length: SLOT_COUNT }, (_, slot) => ({
  start: slotStart(slot),
  length: 1,
}));
