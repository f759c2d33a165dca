/** What every reader of a channel offers, log or ring. */
import type { Doorbell, IdleStrategy, RingwireError } from '../../platform/index.js';
import type { ChannelHeader } from './header-layout.js';

/**
 * Called once per record. `buffer` and what lies in it at `offset` are valid during the call only, and must not be
 * written to; `position` is where the record begins in the data area.
 */
export type RecordHandler = (buffer: Buffer, offset: number, length: number, position: number) => void;

export interface Reader extends Disposable {
  readonly header: ChannelHeader;
  /** The file of the channel. */
  readonly path: string;
  /** Position of the next record, in bytes. */
  readonly position: number;
  /** Heartbeats met so far. */
  readonly heartbeats: number;
  /**
   * Why no more records will come; null while more may come. A `TIMEOUT` is withdrawn when the writer writes again,
   * unless it is final.
   */
  readonly endReason: RingwireError | null;
  /** What the writer's lock says: true when a writer lives, false when none does, null when it cannot be told. */
  readonly writerAlive: boolean | null;
  /** The bell to sleep on, or null where there is none. */
  readonly doorbell: Doorbell | null;
  /**
   * Delivers the records that are there, at most `limit`, and returns how many. Never waits. A handler that throws
   * has had its record: the next poll goes on behind it.
   * @throws RingwireError `CORRUPT_CHANNEL` or `STORAGE_TRUNCATED`, once, after every sound record before the damage
   * was delivered; `CLOSED` when this reader was closed
   */
  poll(handler: RecordHandler, limit?: number): number;
  /** A copy of the next record, or null when there is none now. @throws like {@link poll} */
  tryRead(): Buffer | null;
  /**
   * Copies of all records, waiting for more until the writer closes the channel or the signal aborts. A silent writer
   * that lives is waited for.
   * @throws like {@link poll}; RingwireError `TIMEOUT` when the writer is dead or the timeout of this reader is final
   */
  records(options?: RecordsOptions): AsyncIterableIterator<Buffer>;
  /**
   * Goes on at the record that begins at `position`.
   * @returns the position
   * @throws RingwireError `INVALID_POSITION`; the reader then stays where it was
   */
  moveTo(position: number): number;
  /** Lets go of the file. A second call does nothing. */
  close(): void;
}

export interface RecordsOptions {
  /** Ends the iteration without an error. */
  readonly signal?: AbortSignal;
  /** How to wait; by default on the doorbell. */
  readonly idle?: IdleStrategy;
  /**
   * Called once in each silence that is longer than the timeout of the channel, while the writer lives or its state is
   * unknown. The iteration waits on. Default: nothing is called.
   */
  readonly onLate?: ((timeout: RingwireError) => void) | undefined;
}
