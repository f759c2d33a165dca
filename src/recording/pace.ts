/** Waiting until something is due, as exactly as timers and short sleeps allow. */
import { delay } from '../platform/index.js';

/** Timers may be late by this; the rest is slept away with the thread. */
const TIMER_MILLIS = 2;
/** Milliseconds without a wait after which everything else has its turn. */
const TURN_MILLIS = 5;

/** Something Atomics.wait may sleep on. */
const nothing = new Int32Array(new SharedArrayBuffer(4));

export class Pace {
  readonly #speed: number;
  readonly #signal: AbortSignal;
  #began: number | null = null;
  #firstNanos = 0;
  #turn = performance.now();

  /** `speed`: 2 is twice as fast, Infinity waits for nothing. */
  constructor(speed: number, signal: AbortSignal) {
    this.#speed = speed;
    this.#signal = signal;
  }

  /** Whether something of this time is due now, and nothing else is waiting for its turn. */
  isDue(nanos: number): boolean {
    return this.#left(nanos) <= 0 && performance.now() - this.#turn < TURN_MILLIS;
  }

  /** Returns when something of this time is due, or at the signal. The first time there is, is due at once. */
  async until(nanos: number): Promise<void> {
    for (let left = this.#left(nanos); left > 0 && !this.#signal.aborted; left = this.#left(nanos)) {
      if (left > TIMER_MILLIS) await delay(Math.ceil(left - TIMER_MILLIS), this.#signal);
      else Atomics.wait(nothing, 0, 0, left);
    }
    if (performance.now() - this.#turn >= TURN_MILLIS) {
      await new Promise(setImmediate);
      this.#turn = performance.now();
    }
  }

  #left(nanos: number): number {
    if (this.#began === null) {
      this.#began = performance.now();
      this.#firstNanos = nanos;
    }
    return this.#began + (nanos - this.#firstNanos) / 1e6 / this.#speed - performance.now();
  }
}
