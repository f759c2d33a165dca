/**
 * A counter of up to 53 bits in shared memory, for one storing process and any number of loading ones, without BigInts:
 * three 32-bit words `[high][low][high again]`.
 *
 * INV-COUNT-01: a store that changes the high half stores high, low, high again, in this order, when the value grows, and
 * in the opposite order when it shrinks. Any other store is one `publishI32` of the low half.
 * INV-COUNT-02: {@link SplitCounter.upperBound} is never below a value whose store happened before the call.
 * INV-COUNT-03: {@link SplitCounter.load} returns the value before or after a store in progress, also if the storing
 * process died during the store. A value changes by less than 2^31 at a time, so the low half selects its high half.
 */
import { publishI32 } from './ordered-store.js';

const HALF = 2 ** 32;
const TRIES = 64;

/** Bytes of a counter. */
export const COUNTER_LENGTH = 12;

/** One counter in shared memory. */
export class SplitCounter {
  readonly #i32: Int32Array;
  readonly #at: number;
  /** The high half that this object stored last. */
  #stored = -1;

  /** @param words the memory. @param byteOffset offset of the counter, a multiple of 4 */
  constructor(words: Int32Array, byteOffset: number) {
    this.#i32 = words;
    this.#at = byteOffset >> 2;
  }

  /** Stores `value`, a safe integer from 0, with release. */
  store(value: number): void {
    const high = Math.floor(value / HALF);
    if (high === this.#stored) publishI32(this.#i32, this.#at + 1, value | 0);
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

  /** The value, or a larger one while a store changes the high half. One atomic load. */
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
      // The second load detects a store that began or ended between the loads.
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
