/**
 * The sleep of a driver between two duty cycles: long enough to free the processor, short enough that no publisher
 * reaches its limit.
 */

const SHORTEST_MS = 0.1;
const LONGEST_MS = 1;
const GROWTH = 1.1;
/** Largest ratio of the sleep to the time until a publisher reaches its limit. */
const MARGIN = 4;
/** Consecutive cycles without a change before the driver sleeps, while a publisher is close to its limit. */
const SPINS = 20;

/** The sleep between two duty cycles. */
export class Pace {
  #grown = SHORTEST_MS;
  #spins = 0;

  /**
   * @param commands number of commands served in the last cycle: more may follow soon
   * @param limitMoved whether a limit moved in the last cycle
   * @param msToLimit milliseconds until a publisher reaches its limit at its current rate; infinity without traffic
   * @returns milliseconds to sleep; 0: run the next cycle at once
   */
  next(commands: number, limitMoved: boolean, msToLimit: number): number {
    if (commands > 0) {
      this.#grown = SHORTEST_MS;
      return 0;
    }
    this.#grown = Math.min(this.#grown * GROWTH, LONGEST_MS);
    const allowed = msToLimit / MARGIN;
    if (allowed >= SHORTEST_MS) {
      this.#spins = 0;
      return Math.min(allowed, this.#grown);
    }
    this.#spins = limitMoved ? 0 : this.#spins + 1;
    return this.#spins < SPINS ? 0 : SHORTEST_MS;
  }
}
