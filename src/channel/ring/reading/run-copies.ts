/**
 * Private copies of runs of records for handlers, one for each level of nested reading: a handler may read from the
 * same reader, and its own record stays unchanged (INV-READ-04).
 */
import type { RingHeader } from '../ring-header-layout.js';
import type { RingReaderOptions } from '../ring-options.js';
import { ringRecordSize } from '../ring-record-layout.js';

/** Bytes copied at a time, unless one record is longer. */
const COPY_LENGTH = 65_536;

/** A copy of a run of records. */
export interface RunCopy {
  /** The copy in bytes. */
  readonly bytes: Buffer;
  /** The same memory in 32-bit words. */
  readonly halves: Int32Array;
}

/** Copies of `length` bytes each, allocated at the first use of a level. */
export class RunCopies {
  readonly #length: number;
  readonly #levels: RunCopy[] = [];

  constructor(length: number) {
    this.#length = length;
  }

  /** Returns the copy of a level. Level 0 is a poll outside any handler of the same reader. */
  at(level: number): RunCopy {
    const known = this.#levels[level];
    if (known !== undefined) return known;
    const memory = new ArrayBuffer(this.#length);
    const made = { bytes: Buffer.from(memory), halves: new Int32Array(memory) };
    this.#levels[level] = made;
    return made;
  }
}

/**
 * The copies of a reader with this option, or null if it hands records out in place. Default: in place if the writer
 * waits for the reader and never evicts it. `isRegistered`: whether the reader has a slot that the writer waits for.
 */
export function copiesFor(
  { policy, stuckReader, maxMessageLength }: RingHeader,
  isRegistered: boolean,
  delivery: RingReaderOptions['delivery'],
): RunCopies | null {
  const isWaitedFor = isRegistered && policy === 'back-pressure' && stuckReader !== 'evict';
  const copies = (delivery ?? (isWaitedFor ? 'in-place' : 'copy')) === 'copy';
  return copies ? new RunCopies(Math.max(COPY_LENGTH, ringRecordSize(maxMessageLength))) : null;
}
