/** Waits until entries are due, as precisely as timers and short sleeps allow. */
import { delay } from '../platform/index.js';

/** Maximum lateness of timers in milliseconds. The thread sleeps for the rest. */
const TIMER_MILLIS = 2;
/** Milliseconds without a wait after which the event loop runs. */
const TURN_MILLIS = 5;

/** Memory for Atomics.wait to sleep on. */
const nothing = new Int32Array(new SharedArrayBuffer(4));

/** Schedules entries by their times. */
export class Pace {
  readonly #speed: number;
  readonly #signal: AbortSignal;
  #began: number | null = null;
  #firstNanos = 0;
  #turn = performance.now();

  /** Creates the pace. `speed`: 2 is twice as fast, Infinity never waits. */
  constructor(speed: number, signal: AbortSignal) {
    this.#speed = speed;
    this.#signal = signal;
  }

  /** Whether an entry of this time is due, and the event loop needs no turn. */
  isDue(nanos: number): boolean {
    return this.#left(nanos) <= 0 && performance.now() - this.#turn < TURN_MILLIS;
  }

  /** Returns when an entry of this time is due, or at the signal. The first entry is due at once. */
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
