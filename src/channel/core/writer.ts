/** The interface of the writers of every kind of channel. */
import type { ChannelHeader } from './header-layout.js';

/**
 * Results of `tryWrite`, `tryClaim` and `stage` when they publish, claim or stage nothing. All are negative. A result that Aeron also
 * has uses Aeron's number.
 */
export const WriteResult = {
  /** A reader that applies back pressure has not caught up. */
  BackPressured: -2,
  /** The writer is closed. */
  Closed: -4,
  /** The record does not fit into the rest of the channel. */
  ChannelFull: -5,
  /** The record is longer than the channel accepts. */
  RecordTooLong: -6,
  /** A registered reader has not moved for longer than the ring allows. The writer stays back-pressured. */
  ReaderStuck: -7,
  /** Other threads that share the writer kept it busy. */
  Busy: -8,
  /** The record does not fit into the staged unit, but the channel may have space: publish what is staged, then stage again. */
  StageFull: -9,
} as const;
/** One of the negative results of `tryWrite`, `tryClaim` and `stage`. */
export type WriteResult = (typeof WriteResult)[keyof typeof WriteResult];

/** A writer of a channel of any kind. */
export interface Writer extends Disposable {
  /** The header of the channel. */
  readonly header: ChannelHeader;
  /** The file of the channel. */
  readonly path: string;
  /** The data area, for {@link tryClaim} and {@link stage}. Empty after close. */
  readonly buffer: Buffer;
  /** Bytes left for records, headers and padding included. */
  readonly available: number;
  /** Position of the next record, in bytes. */
  readonly writeOffset: number;
  /**
   * Publishes the first `length` bytes of `data` as one record. Zero bytes publish a heartbeat.
   * @returns bytes used in the channel, header and padding included
   * @throws RingwireError `MAX_RECORD_LENGTH_EXCEEDED`, `CHANNEL_FULL`, `CLOSED`, `CLAIM_PENDING`,
   * `INVALID_ARGUMENT`; nothing is published and the position is unchanged
   */
  write(data: Uint8Array, length?: number): number;
  /**
   * Like {@link write}, but returns a negative {@link WriteResult} instead of throwing when the channel takes no
   * record.
   */
  tryWrite(data: Uint8Array, length?: number): number;
  /**
   * Publishes text as one record, encoded in UTF-8 in place. A lone surrogate becomes U+FFFD; no text publishes a
   * heartbeat.
   * @returns bytes used in the channel, header and padding included
   * @throws like {@link write}
   */
  writeUtf8(text: string): number;
  /**
   * Like {@link writeUtf8}, but returns a negative {@link WriteResult} instead of throwing when the channel takes no
   * record.
   */
  tryWriteUtf8(text: string): number;
  /**
   * Claims space for a record of 0 to `header.maxMessageLength` bytes, which the caller fills in place.
   * @returns offset of its payload in {@link buffer}, or a negative {@link WriteResult}
   * @throws RingwireError `CLAIM_PENDING` while a claim is open or records are staged; `INVALID_ARGUMENT`
   */
  tryClaim(length: number): number;
  /**
   * Publishes the claimed record, or its first `length` bytes.
   * @returns bytes used in the channel
   * @throws RingwireError `NO_CLAIM`
   */
  commit(length?: number): number;
  /**
   * Clears and releases the claimed space.
   * @throws RingwireError `NO_CLAIM`
   */
  abort(): void;
  /**
   * Reserves space for one more record of 1 to `header.maxMessageLength` bytes after those staged before. The caller fills
   * all of its bytes in place. Readers see no staged record before {@link publish}. Until then {@link available} and
   * {@link writeOffset} stay those of the published records, and the calls that write or claim throw `CLAIM_PENDING`.
   * @returns offset of its payload in {@link buffer}, or a negative {@link WriteResult}; what was staged before stays staged
   * @throws RingwireError `CLAIM_PENDING` while a claim is open; `INVALID_ARGUMENT`
   */
  stage(length: number): number;
  /**
   * Publishes all staged records with one ordered store. Readers see all of them or none.
   * @returns bytes used in the channel; 0 if nothing is staged
   * @throws RingwireError `CLOSED`, `CLAIM_PENDING` while a claim is open
   */
  publish(): number;
  /** Clears and releases the space of the staged records. Does nothing if nothing is staged. */
  discard(): void;
  /**
   * Publishes all records with one ordered store. Readers see all of them or none.
   * @returns bytes used in the channel
   * @throws like {@link write}; nothing is published unless every record fits
   */
  writeBatch(records: readonly Uint8Array[]): number;
  /**
   * Publishes a heartbeat. Readers deliver no record, but restart their timeout.
   * @returns 8
   */
  heartbeat(): number;
  /**
   * Returns when every published record is on disk.
   * @throws RingwireError `FLUSH_FAILED` or `CLOSED`
   */
  flush(): void;
  /**
   * Like {@link flush}, without blocking the event loop.
   * @throws RingwireError `FLUSH_FAILED` or `CLOSED`
   */
  flushAsync(): Promise<void>;
  /**
   * Publishes the close marker, writes it to disk and closes the file. An open claim is aborted, staged records are
   * discarded. A second call does nothing.
   */
  close(): void;
}
