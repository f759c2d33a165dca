/** The reader of a ring channel: RingPoller delivers its records. */
import { type Doorbell, type RingwireError, releaseWhenCollected } from '../../platform/index.js';
import type { LossCounts } from '../core/losses.js';
import type { Reader, RecordHandler, RecordsOptions } from '../core/reader.js';
import { closedReader } from '../core/reader-errors.js';
import type { ChannelKey } from '../files/channel-names.js';
import { RecordCopier } from '../io/record-copier.js';
import { iterateRecords } from '../io/record-iteration.js';
import { type WaitOptions, waitForReader } from '../io/wait-for-channel.js';
import { forkParts, openRing, type RingReaderParts } from './reading/open-ring-reader.js';
import { RingPoller } from './reading/ring-poller.js';
import type { RingHeader } from './ring-header-layout.js';
import type { RingReaderOptions } from './ring-options.js';

/**
 * A reader of a ring. The writer may lap it, or waits for it. Each reader has its own position.
 *
 * @example
 * ```ts
 * using reader = RingReader.open(root, 7, { onLoss: ({ records }) => console.warn(`lost ${records} records`) });
 * reader.poll((buffer, offset, length) => handle(buffer.subarray(offset, offset + length)));
 * ```
 */
export class RingReader implements Reader {
  /** The header of the ring, as its file has it. */
  readonly header: RingHeader;
  readonly path: string;
  readonly doorbell: Doorbell | null;
  readonly #parts: RingReaderParts;
  readonly #poller: RingPoller;
  readonly #single = new RecordCopier();
  /** The reader that this one is a fork of. */
  readonly #origin: RingReader | null;
  readonly #forks = new Set<RingReader>();
  #closed = false;

  /**
   * Opens the ring `channel` below the folder `root`. A reader of a back-pressure ring registers: the writer waits for
   * it until it is closed.
   * @throws RingwireError `STORAGE_NOT_FOUND`, `STORAGE_NOT_READY`, `COULD_NOT_ACCESS_STORAGE` (also without
   * permission to write, which a registered reader needs), `STORAGE_TRUNCATED`, `NO_READER_SLOT` when all reader slots are taken,
   * `INVALID_POSITION`, `MEMORY_MAPPING_FAILED`, `INVALID_ARGUMENT` and the errors of the header
   */
  static open(root: string, channel: ChannelKey, options?: RingReaderOptions): RingReader {
    return openRing(root, channel, options, (parts) => {
      const reader = new RingReader(parts);
      releaseWhenCollected(reader, parts.resources, `a reader of ${parts.file.path}`);
      return reader;
    });
  }

  /**
   * Opens a ring that may not exist yet, and retries until it does.
   * @throws RingwireError `STORAGE_NOT_FOUND` or `STORAGE_NOT_READY` when the time is over, the signal's reason when
   * it aborts, any other error of {@link open} at once
   */
  static waitFor(
    root: string,
    channel: ChannelKey,
    options: WaitOptions & RingReaderOptions = {},
  ): Promise<RingReader> {
    return waitForReader(RingReader.open, root, channel, options);
  }

  private constructor(parts: RingReaderParts, origin: RingReader | null = null) {
    this.#parts = parts;
    this.#origin = origin;
    this.header = parts.file.header;
    this.path = parts.file.path;
    this.doorbell = parts.resources.doorbell;
    this.#poller = new RingPoller(parts);
  }

  get position(): number {
    return this.#poller.position;
  }

  /** Sequence number of the next record; the first record of a ring has 0. */
  get sequence(): number {
    return this.#poller.sequence;
  }

  /** Number of writer takeovers before the records that are being read. */
  get epoch(): number {
    return this.#poller.epoch;
  }

  get heartbeats(): number {
    return this.#poller.heartbeats;
  }

  /** The losses so far. */
  get losses(): LossCounts {
    return this.#poller.losses.counts;
  }

  get endReason(): RingwireError | null {
    return this.#poller.endReason;
  }

  /** Whether the writer's lock is held: true with a live writer, false without one, null if unknown. */
  get writerAlive(): boolean | null {
    return this.#parts.resources.writerAlive;
  }

  poll(handler: RecordHandler, limit: number = Number.POSITIVE_INFINITY): number {
    return this.#poller.poll(handler, limit);
  }

  tryRead(): Buffer | null {
    return this.#single.from(this);
  }

  records(options?: RecordsOptions): AsyncIterableIterator<Buffer> {
    return iterateRecords(this, options);
  }

  moveTo(position: number): number {
    this.#poller.move((navigator) => navigator.moveTo(position));
    return position;
  }

  /**
   * Continues at the record with this sequence number, or after the last record; skips from the checkpoint before it, at
   * most about a sixteenth of the ring.
   * @returns its position
   * @throws RingwireError `INVALID_POSITION`, `CLOSED`; the reader then stays where it was
   */
  moveToSequence(sequence: number): number {
    this.#poller.move((navigator) => navigator.moveToSequence(sequence));
    return this.position;
  }

  /** @internal Continues where a reader that is opened now with this start position begins. */
  restart(from: 'oldest' | 'newest'): void {
    this.#poller.move((navigator) => navigator.restart(from));
  }

  /**
   * Opens a second reader at the place of this one. A program that reads records again until they are confirmed polls
   * the fork, and moves this reader forward with each confirmation: nothing from the place of this reader on is lost to
   * the fork, since the writer waits for this reader. Without back pressure each of the two may be lapped.
   *
   * A fork takes no reader slot. It ends with `INVALID_POSITION` when this reader is past it, and is closed with this reader.
   * @throws RingwireError `CLOSED` if this reader is closed
   */
  fork(): RingReader {
    const origin = this.#origin ?? this;
    if (this.#closed) throw closedReader(this.path);
    const fork = new RingReader(
      forkParts(this.#parts, { position: this.position, sequence: this.sequence }),
      origin,
    );
    origin.#forks.add(fork);
    return fork;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const fork of this.#forks) fork.close();
    this.#poller.close();
    this.#single.clear();
    if (this.#origin === null) this.#parts.resources.release();
    else this.#origin.#forks.delete(this);
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
