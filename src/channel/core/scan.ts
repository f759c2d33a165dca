/** What a walk over all records of a channel finds. */
import type { RingwireError } from '../../platform/index.js';

/**
 * How the records of a channel end: with the writer's end marker, where the next record would go, where no further
 * record fits, with something that is no record, or with the file.
 */
export type LogEnd = 'closed' | 'open' | 'full' | 'corrupt' | 'truncated';
/** What a walk over all records of a channel found. */
export interface LogScan {
  readonly records: number;
  readonly heartbeats: number;
  /** Bytes of all records, without headers and padding. */
  readonly payloadBytes: number;
  /** Where the last record begins and its length, in bytes; null when there is none. */
  readonly lastRecord: { readonly position: number; readonly length: number } | null;
  /** Behind the last sound record or heartbeat: where the end marker stands, or the damage. */
  readonly position: number;
  readonly end: LogEnd;
  /** The damage, when `end` is `corrupt` or `truncated`. */
  readonly error: RingwireError | null;
}

/** Called now and then with the bytes of the data area that were walked, and all of them. */
export type ScanProgress = (position: number, capacity: number) => void;
