/** The interface of the readers of every kind of channel. */
import type { Doorbell, IdleStrategy, RingwireError } from '../../platform/index.js';
import type { ChannelHeader } from './header-layout.js';

/**
 * Called once for each record. `buffer` and its bytes at `offset` are valid during the call only and must not be
 * changed. `position`: where the record starts in the data area, in bytes.
 */
export type RecordHandler = (buffer: Buffer, offset: number, length: number, position: number) => void;

/** A reader of a channel of any kind. */
export interface Reader extends Disposable {
  /** The header of the channel, read at opening. */
  readonly header: ChannelHeader;
  /** The file of the channel. */
  readonly path: string;
  /** Position of the next record, in bytes. */
  readonly position: number;
  /** Number of heartbeats read so far. */
  readonly heartbeats: number;
  /**
   * Why the channel ended for this reader; null while more records may follow. The reader withdraws a `TIMEOUT` when
   * the writer publishes again, unless the timeout is final.
   */
  readonly endReason: RingwireError | null;
  /** Whether a process holds the writer's lock; null if the file has no lock to check. */
  readonly writerAlive: boolean | null;
  /** The doorbell to sleep on, or null if the channel has none. */
  readonly doorbell: Doorbell | null;
  /**
   * Delivers the available records, at most `limit`. Never waits. A record whose handler throws counts as delivered:
   * the next poll continues after it.
   * @returns number of records delivered
   * @throws RingwireError `CORRUPT_CHANNEL` or `STORAGE_TRUNCATED`, once, after every sound record before the damage;
   * `CLOSED` for a closed reader
   */
  poll(handler: RecordHandler, limit?: number): number;
  /**
   * Returns a copy of the next record, or null if none is available.
   * @throws like {@link poll}
   */
  tryRead(): Buffer | null;
  /**
   * Iterates over copies of all records. Waits for more until the writer closes the channel or the signal aborts. A
   * silent writer that is alive does not end the iteration.
   * @throws like {@link poll}; RingwireError `TIMEOUT` when the writer is dead or the timeout of this reader is final
   */
  records(options?: RecordsOptions): AsyncIterableIterator<Buffer>;
  /**
   * Continues at the record that starts at `position`.
   * @returns the position
   * @throws RingwireError `INVALID_POSITION`; the reader keeps its position
   */
  moveTo(position: number): number;
  /** Closes the file. A second call does nothing. */
  close(): void;
}

/** Options of a waiting iteration. */
export interface RecordsOptions {
  /** Ends the iteration without an error. */
  readonly signal?: AbortSignal;
  /** Idle strategy between polls. Default: sleep on the doorbell. */
  readonly idle?: IdleStrategy;
  /**
   * Called once in each silence that exceeds the timeout of the channel, while the writer is alive or its state is
   * unknown. The iteration continues to wait. Default: no call.
   */
  readonly onLate?: ((timeout: RingwireError) => void) | undefined;
}
