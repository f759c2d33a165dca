/**
 * Checkpoints: positions of records with their sequence numbers. A lapped or late reader uses them to find a
 * safe record and to count its losses exactly. 32 entries in the header, written in turn:
 *
 *      +--------------------------------------------------+
 *    0 | version u32: odd while the entry is being written|
 *      +--------------------------------------------------+
 *    4 | position in 8-byte words, low u32, high u32      |  a record starts there, or will start
 *      +--------------------------------------------------+
 *   12 | sequence number, low u32, high u32               |  of the first record at or after it
 *      +--------------------------------------------------+
 *   20 | epoch u32                                        |
 *      +--------------------------------------------------+
 *   64
 *
 * INV-RING-06: the writer stores the position of its next record before it moves the intent; intents grow by more
 * than a sixteenth of the capacity at a time, so at most 17 entries lie within one capacity and the 32 entries
 * always contain a safe one.
 */
import { orderAll, orderLoads } from '../../platform/index.js';
import type { StreamPosition } from '../core/stream-position.js';
import { CHECKPOINT_COUNT, CHECKPOINT_LENGTH, CHECKPOINT_OFFSET } from './ring-header-layout.js';
import { RING_WORD } from './ring-record-layout.js';

const HALF = 2 ** 32;
const TRIES = 8;

/** One checkpoint. */
export interface Checkpoint {
  /** Position in bytes since the beginning. */
  readonly position: number;
  /** Sequence number of the first record at or after the position. The first record of a ring has 0. */
  readonly sequence: number;
  /** Number of writer takeovers at that time. */
  readonly epoch: number;
}

/** The checkpoints of a ring, for its writer and its readers. */
export class RingCheckpoints {
  readonly #i32: Int32Array;
  #next = 0;

  /** Creates the access. `words` covers the file from its beginning. */
  constructor(words: Int32Array) {
    this.#i32 = words;
  }

  /** Writer: continues after the newest entry. */
  resumeWriting(): void {
    let newest = -1;
    for (let i = 0; i < CHECKPOINT_COUNT; i++) {
      const entry = this.#read(i);
      if (entry !== null && entry.position >= newest) {
        newest = entry.position;
        this.#next = (i + 1) % CHECKPOINT_COUNT;
      }
    }
  }

  /** Writer: stores a checkpoint. `positionWords`: in 8-byte words. */
  enter(positionWords: number, sequence: number, epoch: number): void {
    const words = this.#i32;
    const at = indexOf(this.#next);
    this.#next = (this.#next + 1) % CHECKPOINT_COUNT;
    const version = (words[at] as number) | 1;
    Atomics.store(words, at, version);
    // INV-ORDER-02: no field changes before the version is odd.
    orderAll();
    words[at + 1] = positionWords | 0;
    words[at + 2] = Math.floor(positionWords / HALF);
    words[at + 3] = sequence | 0;
    words[at + 4] = Math.floor(sequence / HALF);
    words[at + 5] = epoch;
    Atomics.store(words, at, (version + 1) | 0);
  }

  /** Returns all complete entries, oldest first. */
  list(): Checkpoint[] {
    const entries: Checkpoint[] = [];
    for (let i = 0; i < CHECKPOINT_COUNT; i++) {
      const entry = this.#read(i);
      if (entry !== null) entries.push(entry);
    }
    return entries.sort((a, b) => a.position - b.position);
  }

  /** Returns the complete entry with the largest position, or null. */
  newest(): Checkpoint | null {
    let largest = 0;
    for (let i = 1; i < CHECKPOINT_COUNT; i++) {
      if (this.#roughPosition(i) > this.#roughPosition(largest)) largest = i;
    }
    const entry = this.#read(largest);
    // It may be in the middle of a change.
    return entry?.position === this.#roughPosition(largest) ? entry : (this.list().at(-1) ?? null);
  }

  /** Returns the complete entry with the smallest position from `floor`, in bytes; or null. */
  oldestFrom(floor: number): Checkpoint | null {
    let oldest: Checkpoint | null = null;
    for (let i = 0; i < CHECKPOINT_COUNT; i++) {
      const rough = this.#roughPosition(i);
      if (rough < floor || (oldest !== null && rough >= oldest.position)) continue;
      const entry = this.#read(i);
      if (
        entry !== null &&
        entry.position >= floor &&
        (oldest === null || entry.position < oldest.position)
      ) {
        oldest = entry;
      }
    }
    return oldest;
  }

  /** Position of an entry in bytes, not validated: skips entries that are not wanted without an allocation. */
  #roughPosition(index: number): number {
    const at = indexOf(index);
    return (unsigned(this.#i32, at + 2) * HALF + unsigned(this.#i32, at + 1)) * RING_WORD;
  }

  #read(index: number): Checkpoint | null {
    const words = this.#i32;
    const at = indexOf(index);
    for (let i = 0; i < TRIES; i++) {
      const version = Atomics.load(words, at);
      if (version === 0) return null;
      if (version % 2 !== 0) continue;
      const position = (unsigned(words, at + 2) * HALF + unsigned(words, at + 1)) * RING_WORD;
      const sequence = unsigned(words, at + 4) * HALF + unsigned(words, at + 3);
      const epoch = unsigned(words, at + 5);
      // INV-ORDER-01: the fields are loaded before the version that validates them.
      orderLoads();
      if (Atomics.load(words, at) === version) {
        return Number.isSafeInteger(position) && Number.isSafeInteger(sequence)
          ? { position, sequence, epoch }
          : null;
      }
    }
    return null;
  }
}

/**
 * Returns the sequence number of the record at `position`, computed from the points around it: exact if the records between
 * them have one length, otherwise an estimate. Before the first point the first interval counts.
 * @param points in ascending order; `position` is before the last one
 */
export function interpolate(points: readonly StreamPosition[], position: number): number {
  const above = Math.max(
    1,
    points.findIndex((point) => point.position > position),
  );
  const [from, to] = [points[above - 1], points[above]];
  if (from === undefined || to === undefined || to.position === from.position) return from?.sequence ?? 0;
  const share = (position - from.position) / (to.position - from.position);
  return Math.max(0, Math.round(from.sequence + share * (to.sequence - from.sequence)));
}

function indexOf(entry: number): number {
  return (CHECKPOINT_OFFSET + entry * CHECKPOINT_LENGTH) >> 2;
}

function unsigned(words: Int32Array, at: number): number {
  return (words[at] as number) >>> 0;
}
