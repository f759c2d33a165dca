/** What a reader lost: records that a ring overwrote, or that the retention of a journal deleted. */

/** One loss, reported when the reader finds it. */
export interface Loss {
  /** Records lost: neither delivered nor to be delivered. */
  readonly records: number;
  /** Bytes of the ring that were skipped, headers and marks included. */
  readonly bytes: number;
  /**
   * Records that were handed out in place and may have been overwritten while their handler looked at them. They
   * count as delivered. Always 0 with `delivery: 'copy'`.
   */
  readonly possiblyTorn: number;
  /** Where the reader stood, in bytes since the beginning. */
  readonly from: number;
  /** Where it continues, in bytes since the beginning. */
  readonly to: number;
}

/** All losses of a reader so far. */
export interface LossCounts {
  /** How often the reader lost records. */
  readonly losses: number;
  /** Records lost. */
  readonly records: number;
  /** Bytes skipped, headers and marks included. */
  readonly bytes: number;
  /** Records handed out in place that may have been overwritten meanwhile. */
  readonly possiblyTorn: number;
}

/** Adds up what a reader lost. */
export class LossCounter implements LossCounts {
  losses = 0;
  records = 0;
  bytes = 0;
  possiblyTorn = 0;

  clear(): void {
    this.losses = this.records = this.bytes = this.possiblyTorn = 0;
  }

  add(lap: Loss): void {
    this.losses++;
    this.records += lap.records;
    this.bytes += lap.bytes;
    this.possiblyTorn += lap.possiblyTorn;
  }
}
