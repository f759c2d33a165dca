/**
 * The times in the indexes of a journal.
 *
 * INV-JOURNAL-09: index times never decrease within a journal, across segments and writers, even if the wall clock is
 * set back; the time of an entry is not before the wall clock at the publication of any record before it. While the
 * wall clock is earlier than the last entry, the time does not advance.
 */
import type { Clock } from '../../platform/index.js';

/** The clock of one writer of a journal. */
export class JournalClock {
  readonly #clock: Clock;
  #last: bigint;
  /** Wall clock and monotonic clock at the last reading. */
  #wall: bigint;
  #monotonic: number;

  /**
   * Creates the clock. `latest`: the latest time in the indexes of the journal, in Unix nanoseconds; 0 for a new
   * journal.
   */
  constructor(clock: Clock, latest: bigint) {
    this.#clock = clock;
    this.#last = latest;
    this.#wall = clock.unixNanos();
    this.#monotonic = clock.monotonicMillis();
  }

  /** Time of an entry that is written now, as Unix time in nanoseconds. */
  now(): bigint {
    const wall = this.#clock.unixNanos();
    const monotonic = this.#clock.monotonicMillis();
    // The wall clock before it was set back: records since the last reading may have that time.
    const reached = this.#wall + BigInt(Math.ceil((monotonic - this.#monotonic) * 1e6));
    this.#wall = wall;
    this.#monotonic = monotonic;
    for (const time of [wall, reached]) if (time > this.#last) this.#last = time;
    return this.#last;
  }
}
