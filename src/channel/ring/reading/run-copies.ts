/**
 * Private copies of runs of records for handlers, one for each level of nested reading: a handler may read from the
 * same reader, and its own record stays unchanged (INV-READ-04).
 */

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
