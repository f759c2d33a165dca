/** Where a manager keeps output and events. The one that ships keeps both in ring channels. */
import type { ControlEvent, EventFilter, SnapshotOptions, Watch } from '../../control/index.js';

export interface OutputLog {
  /** How many pieces it has taken since it was made, by whichever manager. */
  readonly appended: number;
  /** Bytes that a piece may have. */
  readonly longestPiece: number;
  /** Takes a piece; its bytes are valid during the call. `arrival`: Unix nanoseconds. */
  append(bytes: Buffer, arrival: bigint): void;
  /** What is kept, oldest first; null when nothing ever came. */
  snapshot(options: SnapshotOptions): Buffer | null;
  /** What comes from now on. */
  watch(): Watch<Uint8Array>;
  close(): void;
}

export interface EventLog {
  append(event: ControlEvent): void;
  watch(filter: EventFilter): Watch<ControlEvent>;
  close(): void;
}

export interface Storage {
  /** Where others find the channels, or '' when there are none. */
  readonly folder: string;
  /** `channel`: a number that stays with the process and stream, also for later managers. */
  outputLog(channel: number): OutputLog;
  eventLog(): EventLog;
}
