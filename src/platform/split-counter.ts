/**
 * A counter of up to 53 bits in shared memory, for one storing and any number of loading processes, without BigInts:
 * three 32-bit words `[high][low][high again]`.
 *
 * INV-COUNT-01: a store that changes the high half stores high, low, high again, in this order, when the value grows, and
 * in the opposite order when it shrinks. Any other store is one `Atomics.store` of the low half.
 * INV-COUNT-02: {@link SplitCounter.upperBound} is never below a value whose store happened before the call.
 * INV-COUNT-03: {@link SplitCounter.load} returns the value before or after a store in progress, also when the storer
 * died in it: a value changes by less than 2^31 at a time, so the low half decides which high half belongs to it.
 */
const HALF = 2 ** 32;
const TRIES = 64;

/** Bytes a counter takes. */
export const COUNTER_LENGTH = 12;

/** One counter in shared memory. */
export class SplitCounter {
  readonly #i32: Int32Array;
  readonly #at: number;
  /** The high half in memory, as far as this object stored it. */
  #stored = -1;

  /** `words` covers the memory; `byteOffset` is a multiple of 4. */
  constructor(words: Int32Array, byteOffset: number) {
    this.#i32 = words;
    this.#at = byteOffset >> 2;
  }

  /** Publishes `value`, a safe integer from 0. No access before the store is seen after it. */
  store(value: number): void {
    const high = Math.floor(value / HALF);
    if (high === this.#stored) Atomics.store(this.#i32, this.#at + 1, value | 0);
    else this.#storeAll(high, value | 0);
  }

  #storeAll(high: number, low: number): void {
    const words = this.#i32;
    const at = this.#at;
    const shrinks = high < Atomics.load(words, at) >>> 0;
    Atomics.store(words, shrinks ? at + 2 : at, high);
    Atomics.store(words, at + 1, low);
    Atomics.store(words, shrinks ? at : at + 2, high);
    this.#stored = high;
  }

  /** The value, or a larger one while the high half is being changed. One atomic load. */
  upperBound(): number {
    const low = Atomics.load(this.#i32, this.#at + 1);
    return ((this.#i32[this.#at] as number) >>> 0) * HALF + (low >>> 0);
  }

  /** The value. */
  load(): number {
    const words = this.#i32;
    const at = this.#at;
    let low = 0;
    let before = 0;
    let after = 0;
    for (let i = 0; i < TRIES; i++) {
      after = Atomics.load(words, at + 2) >>> 0;
      low = Atomics.load(words, at + 1) >>> 0;
      before = Atomics.load(words, at) >>> 0;
      // The second look finds a store in either direction that began or ended in between.
      if (
        before === after &&
        Atomics.load(words, at + 2) >>> 0 === after &&
        Atomics.load(words, at + 1) >>> 0 === low
      ) {
        return before * HALF + low;
      }
    }
    return (low >= HALF / 2 ? Math.min(before, after) : Math.max(before, after)) * HALF + low;
  }
}
