import { publishI32 } from '../../../platform/index.js';

/**
 * Loads a 64-bit position or limit below 2^53 as a number, without a BigInt. Loads the halves as high, low, high and
 * repeats until both loads of the high half agree.
 */
export function loadPosition(i32: Int32Array, index: number): number {
  for (;;) {
    const high = Atomics.load(i32, index + 1);
    const low = Atomics.load(i32, index);
    if (high === Atomics.load(i32, index + 1)) return high * 0x1_0000_0000 + (low >>> 0);
  }
}

/** The location of one counter: `index` of its value in 32-bit words. */
export interface CounterSlot {
  readonly i32: Int32Array;
  readonly i64: BigInt64Array;
  readonly index: number;
}

/**
 * Stores a position of which this process is the only writer. `previous` is its last stored position: while the high
 * half is unchanged, one 32-bit store is enough.
 */
export function storePosition(slot: CounterSlot, position: number, previous: number): void {
  if (Math.floor(position / 0x1_0000_0000) === Math.floor(previous / 0x1_0000_0000)) {
    publishI32(slot.i32, slot.index, position | 0);
  } else {
    Atomics.store(slot.i64, slot.index >> 1, BigInt(position));
  }
}
