/** The result of a scan over all records of a channel. */
import type { RingwireError } from '../../platform/index.js';

/**
 * How the records of a channel end. `closed`: with the close marker. `open`: at the position of the next record.
 * `full`: no further record fits. `corrupt`: with bytes that are not a record. `truncated`: with the file.
 */
export type LogEnd = 'closed' | 'open' | 'full' | 'corrupt' | 'truncated';
/** The result of a scan over all records of a channel. */
export interface LogScan {
  /** Number of records. */
  readonly records: number;
  /** Number of heartbeats. */
  readonly heartbeats: number;
  /** Bytes of all records, without headers and padding. */
  readonly payloadBytes: number;
  /** Position and length of the last record, in bytes; null if there is none. */
  readonly lastRecord: { readonly position: number; readonly length: number } | null;
  /**
   * Position after the last sound record or heartbeat, in bytes: of the close marker, of the next record or of the
   * damage.
   */
  readonly position: number;
  /** How the records end. */
  readonly end: LogEnd;
  /** The damage, if `end` is `corrupt` or `truncated`; otherwise null. */
  readonly error: RingwireError | null;
}

/** Receives the progress of a scan: bytes scanned so far, and bytes of the data area. */
export type ScanProgress = (position: number, capacity: number) => void;
