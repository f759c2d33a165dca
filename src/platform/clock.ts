import { libc } from './libc.js';

/**
 * The two clocks. Intervals are measured with the monotonic one, so that a jump of the wall clock causes no timeout;
 * the wall clock is for what people and other machines read.
 */
export interface Clock {
  /** Milliseconds from an arbitrary start, with fractions; never goes back. */
  monotonicMillis(): number;
  /** Unix time in nanoseconds. */
  unixNanos(): bigint;
}

/** The clocks of the operating system. */
export const systemClock: Clock = {
  monotonicMillis: () => performance.now(),
  unixNanos,
};

const timespec = new BigInt64Array(2);

function unixNanos(): bigint {
  libc().clockRealtime(timespec);
  return (timespec[0] as bigint) * 1_000_000_000n + (timespec[1] as bigint);
}

/** A clock for tests: it stands still until `advance` is called. */
export class ManualClock implements Clock {
  #millis: number;
  #nanos: bigint;

  constructor(unixNanos = 1_700_000_000_000_000_000n, monotonicMillis = 0) {
    this.#nanos = unixNanos;
    this.#millis = monotonicMillis;
  }

  monotonicMillis(): number {
    return this.#millis;
  }

  unixNanos(): bigint {
    return this.#nanos;
  }

  /** Lets both clocks run on by this many milliseconds. */
  advance(millis: number): void {
    this.#millis += millis;
    this.#nanos += BigInt(Math.round(millis * 1e6));
  }

  /** Sets the wall clock alone, as an administrator or a time server would. */
  setUnixNanos(nanos: bigint): void {
    this.#nanos = nanos;
  }
}
