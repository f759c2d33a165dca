/** Where a manager keeps output and events. {@link RingStorage} keeps both in ring channels. */
import type { ControlEvent, EventFilter, SnapshotOptions, Watch } from '../../control/index.js';

/** Keeps one output of a process. */
export interface OutputLog {
  /** Pieces appended since the log was created, by all managers. */
  readonly appended: number;
  /** Largest number of bytes of a piece. */
  readonly longestPiece: number;
  /** Appends a piece; its bytes are valid during the call. `arrival`: Unix nanoseconds. */
  append(bytes: Buffer, arrival: bigint): void;
  /** The kept bytes, oldest first; null when nothing was ever appended. */
  snapshot(options: SnapshotOptions): Buffer | null;
  /** Output from now on. */
  watch(): Watch<Uint8Array>;
  /** Releases the log; what it kept stays. Called once. */
  close(): void;
}

/** Keeps the events of a manager. */
export interface EventLog {
  /** Keeps an event, whole. */
  append(event: ControlEvent): void;
  /** Events from now on. */
  watch(filter: EventFilter): Watch<ControlEvent>;
  /** Releases the log; what it kept stays. Called once. */
  close(): void;
}

/** Creates the logs of a manager. */
export interface Storage {
  /** The folder in which other processes find the channels, or '' when there are none. */
  readonly folder: string;
  /**
   * Opens the log of one output.
   * @param channel a number that stays with the process and stream, also for later managers
   */
  outputLog(channel: number): OutputLog;
  /** Opens the log of events. */
  eventLog(): EventLog;
}
