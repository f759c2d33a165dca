/**
 * Shares the event loop among connections: each does one piece of work at a time, in the order of asking, and the loop
 * runs again after a few milliseconds.
 *
 * INV-CTL-06: the server keeps the loop for at most {@link TURN_MILLIS} and one piece of work.
 */

const TURN_MILLIS = 8;

/** Work that is done in pieces. */
export interface Worker {
  /** One piece of work. @returns true when there is more to do now */
  step(): boolean;
}

/** Runs workers in turn. */
export class TurnScheduler {
  readonly #waiting = new Set<Worker>();
  #scheduled = false;

  /** Runs `worker` soon; asking twice is the same as asking once. */
  schedule(worker: Worker): void {
    this.#waiting.add(worker);
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(this.#turn);
  }

  /** Drops a scheduled worker. */
  cancel(worker: Worker): void {
    this.#waiting.delete(worker);
  }

  readonly #turn = (): void => {
    const end = performance.now() + TURN_MILLIS;
    // A set is iterated in the order of insertion, and a worker that is added again goes to the end.
    for (const worker of this.#waiting) {
      this.#waiting.delete(worker);
      if (worker.step()) this.#waiting.add(worker);
      if (performance.now() >= end) break;
    }
    this.#scheduled = this.#waiting.size > 0;
    if (this.#scheduled) setImmediate(this.#turn);
  };
}
