/** Timers for any duration. A Node timer above 2^31-1 ms fires immediately; these timers wait in several steps. */
import { MAX_TIMER_MS } from './quantities.js';

/** A timer that can be stopped. */
export interface LongTimer extends Disposable {
  /** Stops the timer; a second call does nothing. */
  stop(): void;
  /** Lets the process end while the timer waits. */
  unref(): this;
}

/** Calls `action` once, after `millis` milliseconds: 0 to 2^53-1; infinity never fires. */
export function afterMs(millis: number, action: () => void): LongTimer {
  return new PiecewiseTimer(millis, action, false);
}

/** Calls `action` every `millis` milliseconds: 1 to 2^53-1; infinity never fires. */
export function everyMs(millis: number, action: () => void): LongTimer {
  return new PiecewiseTimer(Math.max(1, millis), action, true);
}

class PiecewiseTimer implements LongTimer {
  readonly #millis: number;
  readonly #action: () => void;
  readonly #repeats: boolean;
  #timer: NodeJS.Timeout | undefined;
  #keepsAlive = true;

  constructor(millis: number, action: () => void, repeats: boolean) {
    this.#millis = millis;
    this.#action = action;
    this.#repeats = repeats;
    if (repeats && millis <= MAX_TIMER_MS) this.#timer = setInterval(action, millis);
    else if (millis !== Number.POSITIVE_INFINITY) this.#wait(millis);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  unref(): this {
    this.#keepsAlive = false;
    this.#timer?.unref();
    return this;
  }

  [Symbol.dispose](): void {
    this.stop();
  }

  #wait(left: number): void {
    const piece = Math.min(left, MAX_TIMER_MS);
    this.#timer = setTimeout(() => {
      if (left > piece) return this.#wait(left - piece);
      if (this.#repeats) this.#wait(this.#millis);
      else this.#timer = undefined;
      this.#action();
    }, piece);
    if (!this.#keepsAlive) this.#timer.unref();
  }
}
