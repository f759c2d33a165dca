/**
 * A counter of up to 53 bits in shared memory, for one storing and any number of loading processes, without BigInts:
 * three 32-bit words `[high][low][high again]`.
 *
 * INV-COUNT-01: a store that changes the high half stores high, low, high again, in this order; any other store is
 * one `Atomics.store` of the low half.
 * INV-COUNT-02: {@link upperBound} is never below a value whose store happened before the call.
 * INV-COUNT-03: a storer that dies between the three stores leaves a counter whose value can still be told: it grows
 * by less than 2^31 at a time, so the low half says on which side of the change it belongs.
 */
const HALF = 2 ** 32;
const TRIES = 64;

/** Bytes a counter takes. */
export const COUNTER_LENGTH = 12;

export class SplitCounter {
  readonly #i32: Int32Array;
  readonly #at: number;
  /** The high half that stands in memory, as far as this object stored it. */
  #stored = -1;

  /** `words` covers the memory; `byteOffset` is a multiple of 4. */
  constructor(words: Int32Array, byteOffset: number) {
    this.#i32 = words;
    this.#at = byteOffset >> 2;
  }

  /** Publishes `value`, a safe integer from 0, with a full fence: nothing stored later is seen before it. */
  store(value: number): void {
    const high = Math.floor(value / HALF);
    const words = this.#i32;
    const at = this.#at;
    if (high === this.#stored) {
      Atomics.store(words, at + 1, value | 0);
      return;
    }
    Atomics.store(words, at, high);
    Atomics.store(words, at + 1, value | 0);
    Atomics.store(words, at + 2, high);
    this.#stored = high;
  }

  /** The value, or a little more while it is being changed. One atomic load. */
  upperBound(): number {
    const low = Atomics.load(this.#i32, this.#at + 1);
    return ((this.#i32[this.#at] as number) >>> 0) * HALF + (low >>> 0);
  }

  /** The value. */
  load(): number {
    const words = this.#i32;
    const at = this.#at;
    let after = 0;
    let low = 0;
    let before = 0;
    for (let i = 0; i < TRIES; i++) {
      after = Atomics.load(words, at + 2) >>> 0;
      low = Atomics.load(words, at + 1) >>> 0;
      before = Atomics.load(words, at) >>> 0;
      if (before === after) return before * HALF + low;
    }
    return (low >= HALF / 2 ? after : before) * HALF + low;
  }
}
