/** The interface of the readers of all kinds of channels. */
import type { Doorbell, IdleStrategy, RingwireError } from '../../platform/index.js';
import type { ChannelHeader } from './header-layout.js';

/**
 * Called once per record. `buffer` and the `length` bytes in it at `offset` are valid during the call only, and must not
 * be written to. `position`: where the record begins, in bytes since the beginning.
 */
export type RecordHandler = (buffer: Buffer, offset: number, length: number, position: number) => void;

/** The reader of a channel of any kind. */
export interface Reader extends Disposable {
  /** The header of the channel, as its file has it. */
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
  /** Whether the writer's lock is held: true with a live writer, false without one, null if unknown. */
  readonly writerAlive: boolean | null;
  /** The bell to sleep on, or null if the channel has none. */
  readonly doorbell: Doorbell | null;
  /**
   * Delivers the published records, at most `limit`, and returns how many. Does not block. A handler that throws has
   * had its record: the next poll continues after it.
   * @throws RingwireError `CORRUPT_CHANNEL` or `STORAGE_TRUNCATED`, once, after every sound record before the damage
   * was delivered; `CLOSED` when this reader was closed
   */
  poll(handler: RecordHandler, limit?: number): number;
  /** A copy of the next record, or null if none is published yet. @throws like {@link poll} */
  tryRead(): Buffer | null;
  /**
   * Copies of all records. It waits for more until the writer closes the channel or the signal aborts, also while a live
   * writer is silent.
   * @throws like {@link poll}; RingwireError `TIMEOUT` when the writer is dead or the timeout of this reader is final
   */
  records(options?: RecordsOptions): AsyncIterableIterator<Buffer>;
  /**
   * Continues at the record that begins at `position`.
   * @returns the position
   * @throws RingwireError `INVALID_POSITION`; the reader then stays where it was
   */
  moveTo(position: number): number;
  /** Closes the file. A second call does nothing. */
  close(): void;
}

/** The options of `records`. */
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
