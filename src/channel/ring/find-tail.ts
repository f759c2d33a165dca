/**
 * Finds the end of a ring whose writer died or detached. The successor holds the writer's lock and calls it. It
 * changes nothing: a second run returns the same.
 *
 * INV-RING-07: a successor continues right after the last published unit.
 */
import { RingwireError } from '../../platform/index.js';
import type { StreamPosition } from '../core/stream-position.js';
import type { RingHeader } from './ring-header-layout.js';
import {
  CLOSE_MARK,
  EMPTY,
  EPOCH_MARK,
  HEARTBEAT_MARK,
  PADDING,
  RING_WORD,
  ringRecordSize,
} from './ring-record-layout.js';

/** The end of a ring. */
export interface RingTail {
  /** Position of the next record, in bytes. */
  readonly position: number;
  /** Sequence number of the next record. */
  readonly sequence: number;
  /** Whether the ring has a close marker. */
  readonly closed: boolean;
}

/** The first two words of units, by their byte offset in the data area. */
export interface UnitWords {
  /** Loads a commit word. */
  commit(offset: number): number;
  /** Loads the sequence number after a commit word that was loaded before. */
  sequence(offset: number): number;
  /** Forgets copies of the words at and after `offset`. @returns false if there are none, or they begin at `offset` */
  reload(offset: number): boolean;
}

/** The words of a mapped ring. */
export class MappedUnits implements UnitWords {
  readonly #i32: Int32Array;

  /** @param i32 the data area */
  constructor(i32: Int32Array) {
    this.#i32 = i32;
  }

  commit(offset: number): number {
    return Atomics.load(this.#i32, offset / 4);
  }

  sequence(offset: number): number {
    return this.#i32[offset / 4 + 1] as number;
  }

  reload(): boolean {
    return false;
  }
}

/**
 * Reads from `start`, the newest checkpoint or a later position, to the end of the published units.
 * @throws RingwireError `CORRUPT_CHANNEL` for a word that no writer stores
 */
export function findTail(
  units: UnitWords,
  start: StreamPosition | null,
  { capacity, maxMessageLength }: Pick<RingHeader, 'capacity' | 'maxMessageLength'>,
  path: string,
): RingTail {
  const from = start?.position ?? 0;
  let position = from;
  let sequence = start?.sequence ?? 0;
  while (position - from <= capacity) {
    const offset = position % capacity;
    const word = units.commit(offset);
    if (word === EMPTY) return { position, sequence, closed: false };
    if (units.sequence(offset) !== (sequence | 0)) {
      // A copy may hold a unit that was published meanwhile, and after it a word of the lap before (INV-RING-02).
      if (units.reload(offset)) continue;
      break;
    }
    if (word === CLOSE_MARK) return { position, sequence, closed: true };
    if (word === PADDING) position += capacity - offset;
    else if (word === HEARTBEAT_MARK || word === EPOCH_MARK) position += RING_WORD;
    else if (word > 0 && word <= maxMessageLength && offset + ringRecordSize(word) <= capacity) {
      position += ringRecordSize(word);
      sequence++;
    } else break;
  }
  throw new RingwireError(
    'CORRUPT_CHANNEL',
    `${path} is damaged at position ${position}: no writer can resume it; start a new ring`,
    { path, position },
  );
}
