/**
 * The private copies of runs of records that handlers look at, one for each level of nested reading: a handler may read
 * from the same reader, and the record it was given stays as it was (INV-READ-04).
 */

/** One copy: its bytes, and the same in 32-bit words. */
export interface RunCopy {
  readonly bytes: Buffer;
  readonly halves: Int32Array;
}

/** Copies of `length` bytes each, made when a level is reached first. */
export class RunCopies {
  readonly #length: number;
  readonly #levels: RunCopy[] = [];

  constructor(length: number) {
    this.#length = length;
  }

  /** The copy of a level; 0 is that of a poll that no handler of the same reader called. */
  at(level: number): RunCopy {
    const known = this.#levels[level];
    if (known !== undefined) return known;
    const memory = new ArrayBuffer(this.#length);
    const made = { bytes: Buffer.from(memory), halves: new Int32Array(memory) };
    this.#levels[level] = made;
    return made;
  }
}
