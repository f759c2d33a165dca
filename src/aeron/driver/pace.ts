/**
 * How long a driver sleeps between two duty cycles: long enough to leave the processor to others, short enough that no
 * publisher reaches its limit meanwhile.
 */

const SHORTEST_MS = 0.1;
const LONGEST_MS = 1;
const GROWTH = 1.1;
/** A sleep takes at most this part of the time that publishers have left at their present rate. */
const MARGIN = 4;
/** Cycles in a row that change nothing before the driver sleeps, while a publisher is close to its limit. */
const SPINS = 20;

/** The sleep between two duty cycles. */
export class Pace {
  #grown = SHORTEST_MS;
  #spins = 0;

  /**
   * @param commands commands served in the last cycle: more may follow soon
   * @param limitMoved whether a limit moved in the last cycle
   * @param msToLimit milliseconds until a publisher reaches its limit at its present rate; infinity without traffic
   * @returns milliseconds to sleep; 0: cycle again at once
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
