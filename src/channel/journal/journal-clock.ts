/**
 * The times that the writer of a journal puts into its indexes.
 *
 * INV-JOURNAL-09: index times never decrease within a journal, across segments and writers, however the wall clock is set;
 * the time of an entry is not before the wall clock at the publication of any record before it. While the wall clock is
 * behind an earlier time, the times stand still.
 */
import type { Clock } from '../../platform/index.js';

/** The clock of one writer of a journal. */
export class JournalClock {
  readonly #clock: Clock;
  #last: bigint;
  /** The wall clock, and the monotonic clock at the same moment, as they were read last. */
  #wall: bigint;
  #monotonic: number;

  /** `latest`: the latest time that the journal's indexes hold, in Unix nanoseconds; 0 for a new journal. */
  constructor(clock: Clock, latest: bigint) {
    this.#clock = clock;
    this.#last = latest;
    this.#wall = clock.unixNanos();
    this.#monotonic = clock.monotonicMillis();
  }

  /** The time for an entry that is written now: Unix time in nanoseconds. */
  now(): bigint {
    const wall = this.#clock.unixNanos();
    const monotonic = this.#clock.monotonicMillis();
    // Where the wall clock was before it was set back: records since the last reading may carry that time.
    const reached = this.#wall + BigInt(Math.ceil((monotonic - this.#monotonic) * 1e6));
    this.#wall = wall;
    this.#monotonic = monotonic;
    for (const time of [wall, reached]) if (time > this.#last) this.#last = time;
    return this.#last;
  }
}
