/** The interface of the writers of all kinds of channels. */
import type { ChannelHeader } from './header-layout.js';

/**
 * What `tryWrite` and `tryClaim` return when they take nothing; all are negative. Where Aeron has the result, the
 * number is Aeron's.
 */
export const WriteResult = {
  /** Readers that must not be overtaken have not caught up. */
  BackPressured: -2,
  /** The writer is closed. */
  Closed: -4,
  /** The record does not fit in what is left of the channel. */
  ChannelFull: -5,
  /** The record is longer than the channel takes. */
  RecordTooLong: -6,
  /** A registered reader has not moved for longer than the ring allows; the writer stays back-pressured. */
  ReaderStuck: -7,
  /** Other threads that share the writer hold it. */
  Busy: -8,
} as const;
/** One of the negative results. */
export type WriteResult = (typeof WriteResult)[keyof typeof WriteResult];

/** The writer of a channel of any kind. A channel has one writer at a time. */
export interface Writer extends Disposable {
  /** The header of the channel, as its file has it. */
  readonly header: ChannelHeader;
  /** The file of the channel. */
  readonly path: string;
  /** The data area, for {@link tryClaim}. Empty after close. */
  readonly buffer: Buffer;
  /** Bytes that a record, header and padding included, may still take. */
  readonly available: number;
  /** Position of the next record, in bytes. */
  readonly writeOffset: number;
  /**
   * Publishes the first `length` bytes of `data` as one record. A record of no bytes is a {@link heartbeat}, here and in
   * {@link tryWrite}, {@link commit} and {@link writeBatch}: readers count it and do not receive it.
   * @returns bytes taken in the channel, header and padding included
   * @throws RingwireError `MAX_RECORD_LENGTH_EXCEEDED`, `CHANNEL_FULL`, `CLOSED`, `CLAIM_PENDING`,
   * `INVALID_ARGUMENT`; nothing is published then and the position is unchanged
   */
  write(data: Uint8Array, length?: number): number;
  /** {@link write} that returns a negative {@link WriteResult} instead of throwing when nothing was taken. */
  tryWrite(data: Uint8Array, length?: number): number;
  /**
   * Reserves a record of 0 to `header.maxMessageLength` bytes to be filled in place.
   * @returns where its payload begins in {@link buffer}, or a negative {@link WriteResult}
   * @throws RingwireError `CLAIM_PENDING` when a claim is neither committed nor aborted
   */
  tryClaim(length: number): number;
  /**
   * Publishes the claimed record, or its first `length` bytes.
   * @returns bytes taken in the channel
   * @throws RingwireError `NO_CLAIM`
   */
  commit(length?: number): number;
  /** Gives the claimed space back, cleared. @throws RingwireError `NO_CLAIM` */
  abort(): void;
  /**
   * Publishes all records with one ordered store: readers see all of them or none.
   * @returns bytes taken in the channel
   * @throws like {@link write}; nothing is published unless everything fits
   */
  writeBatch(records: readonly Uint8Array[]): number;
  /** Publishes a heartbeat: readers see no record, but know the writer lives. @returns 8 */
  heartbeat(): number;
  /** Returns when everything published is on disk. @throws RingwireError `FLUSH_FAILED` or `CLOSED` */
  flush(): void;
  /** {@link flush} without blocking. A rejected promise has the same errors. */
  flushAsync(): Promise<void>;
  /** Publishes the end of the channel, writes it to disk and closes the file. A second call does nothing. */
  close(): void;
}
