import { libc } from './libc.js';

/**
 * The two clocks. The monotonic clock measures intervals, so that a jump of the wall clock causes no timeout. The wall
 * clock is for people and other machines.
 */
export interface Clock {
  /** Milliseconds since an arbitrary start, with fractions; never decreases. */
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

/**
 * A clock for tests. Its time changes only by {@link advance}.
 *
 * @example
 * const clock = new ManualClock();
 * clock.advance(1000);
 */
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

  /** Advances both clocks by `millis` milliseconds. */
  advance(millis: number): void {
    this.#millis += millis;
    this.#nanos += BigInt(Math.round(millis * 1e6));
  }

  /** Sets only the wall clock, like an administrator or a time server. */
  setUnixNanos(nanos: bigint): void {
    this.#nanos = nanos;
  }
}
