/**
 * Reader slots of a ring: the readers that a back-pressured writer must not overtake, and their positions. Observers,
 * which apply no back pressure, may be listed here also. 32 slots in the header:
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
 * INV-SLOT-03: a slot without a write lock has no living reader, and the writer does not wait for it. A read lock does
 * not count (INV-LOCK-01).
 * INV-SLOT-04: an observer never becomes `active`, and never takes one of the first 16 slots: no writer waits for it,
 * and up to 16 registered readers always find a slot.
 */
import type { LockRange } from '../../platform/index.js';
import { SLOT_COUNT, SLOT_LENGTH, SLOT_OFFSET } from './ring-header-layout.js';

export const FREE = 0;
export const JOINING = 1;
export const ACTIVE = 2;
export const EVICTED = 3;
export const STATE_BITS = 3;

export const STATE_OFFSET = 0;
export const PID_OFFSET = STATE_OFFSET + 4;
export const START_TIME_OFFSET = PID_OFFSET + 4;
export const ROLE_OFFSET = START_TIME_OFFSET + 4;
export const NAME_OFFSET = 16;
export const NAME_LENGTH = 64;
export const POSITION_OFFSET = 128;
export const LAPS_OFFSET = 144;
export const LOST_OFFSET = LAPS_OFFSET + 4;

export const REGISTERED = 0;
export const OBSERVER = 1;
/** Slots below this one are for registered readers alone. */
export const FIRST_OBSERVER_SLOT = SLOT_COUNT / 2;

/** File offset of a slot. */
export function slotStart(slot: number): number {
  return SLOT_OFFSET + slot * SLOT_LENGTH;
}

/** Index of the word of a slot at a byte offset. */
export function slotWord(slot: number, offset: number): number {
  return (slotStart(slot) + offset) >> 2;
}

/** The range that the lock of a slot's owner covers. */
export function slotLock(slot: number): LockRange {
  return { start: slotStart(slot), length: 1 };
}
