/** What a reader of a ring lost. */

/** One loss, told while it is found. */
export interface Lap {
  /** Records lost: neither delivered nor to be delivered. */
  readonly records: number;
  /** Bytes of the ring that were skipped, headers and marks included. */
  readonly bytes: number;
  /**
   * Records that were handed out in place and may have been overwritten while their handler looked at them. They
   * count as delivered. Always 0 with `delivery: 'copy'`.
   */
  readonly doubtful: number;
  /** Where the reader stood, and where it goes on, in bytes since the beginning. */
  readonly from: number;
  readonly to: number;
}

/** All losses of a reader so far. */
export interface LapCounts {
  readonly laps: number;
  readonly records: number;
  readonly bytes: number;
  readonly doubtful: number;
}

export class LapCounter implements LapCounts {
  laps = 0;
  records = 0;
  bytes = 0;
  doubtful = 0;

  clear(): void {
    this.laps = this.records = this.bytes = this.doubtful = 0;
  }

  add(lap: Lap): void {
    this.laps++;
    this.records += lap.records;
    this.bytes += lap.bytes;
    this.doubtful += lap.doubtful;
  }
}
