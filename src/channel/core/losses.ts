/** Losses of a ring reader. */

/** One loss, reported when the reader finds it. */
export interface Loss {
  /** Records that the reader will never deliver. */
  readonly records: number;
  /** Bytes of the ring that the reader skipped, headers and control marks included. */
  readonly bytes: number;
  /**
   * Records that the reader delivered in place and that the writer may have overwritten during their handler. They
   * count as delivered. Always 0 with `delivery: 'copy'`.
   */
  readonly possiblyTorn: number;
  /** Position of the reader before the loss, in bytes since the beginning. */
  readonly from: number;
  /** Position at which the reader continues, in bytes since the beginning. */
  readonly to: number;
}

/** Total losses of a reader. */
export interface LossCounts {
  /** Number of losses. */
  readonly losses: number;
  /** Records that were lost. */
  readonly records: number;
  /** Bytes that were skipped, headers and control marks included. */
  readonly bytes: number;
  /** Delivered records that the writer may have overwritten during their handler. */
  readonly possiblyTorn: number;
}

/** Adds up the losses of a reader. */
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
