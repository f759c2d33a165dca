/**
 * The destination channel. The number of its records is the progress of the relay: a record and the new progress
 * become visible with one store, so that a crash cannot separate them.
 *
 * INV-RELAY-01: record d + i of the destination is record s + i of the source, for the newest pair (d, s) of the
 * bookmark. The bookmark is written before the first record that it counts, and flushed before it as well. A JetStream receiver
 * without `durable` flushes it for the first record only, not at gaps: after a power cut, but not after the death of processes,
 * the newest pairs may be missing. Only the holder of the writer's lock removes a bookmark, and only that of a channel without records.
 */
import { channelPaths, DurableCursor, WriteResult, type Writer } from '../channel/index.js';
import { RingwireError } from '../platform/index.js';
import { type DestinationOptions, type OpenedDestination, openDestination } from './open-destination.js';

/** The destination of a relay. */
export class RelayDestination implements Disposable {
  /** The channel file. */
  readonly path: string;
  #writer: OpenedDestination['writer'];
  readonly #bookmark: DurableCursor;
  /** Number of records in the destination. */
  #records: number;
  #next: number;
  /** Number of the first record that may not be on disk. */
  #flushed: number;
  #flushing: Promise<void> | null = null;
  #failure: unknown = null;

  /**
   * Creates the channel, or resumes it after its last record.
   * @param keepsPlace whether the bookmark of a channel without records counts: where its first record is to come from
   * @throws RingwireError `WRITER_EXISTS` while another process writes to it, `CURSOR_IN_USE` while another relay has it
   * although it is closed; as creating and resuming a channel does
   */
  static open(destination: DestinationOptions, keepsPlace = false): RelayDestination {
    const { root, options } = destination;
    // The writer's lock comes first, so that this process neither reads nor removes files of a live relay.
    const opened = openDestination(destination);
    try {
      const { file } = channelPaths(root, options);
      const bookmark = `${file}.relay`;
      if (!bookmarkCounts(bookmark, opened, keepsPlace)) DurableCursor.remove(bookmark);
      return new RelayDestination(file, bookmark, opened);
    } catch (error) {
      opened.writer?.detach();
      throw error;
    }
  }

  private constructor(path: string, bookmark: string, { writer, records, creationTime }: OpenedDestination) {
    this.path = path;
    this.#writer = writer;
    this.#records = records;
    this.#bookmark = DurableCursor.open(bookmark, { creationTime });
    const { saved: place } = this.#bookmark;
    this.#next = place === null ? 0 : place.sequence + records - place.position;
    // A crash of an earlier relay may have left unflushed records.
    this.#flushed = writer === null ? this.#next : 0;
  }

  /** Sequence number in the source of the next record. */
  get next(): number {
    return this.#next;
  }

  /** Identity of the source of the records; 0 before the first. */
  get source(): number {
    return this.#bookmark.saved?.userValue ?? 0;
  }

  /** Whether the records of this source may follow: the channel holds them, or none at all. */
  takes(source: number): boolean {
    return this.source === 0 || this.source === source || this.#records === 0;
  }

  /** Number of the first record that may not be on disk: every earlier record was flushed. */
  get flushed(): number {
    return this.#flushed;
  }

  /** Whether the channel was closed. */
  get isClosed(): boolean {
    return this.#writer === null;
  }

  /** @throws RingwireError `CLOSED` if the channel was closed */
  requireOpen(): void {
    if (!this.isClosed) return;
    const { path } = this;
    throw new RingwireError('CLOSED', `${path} is closed: relay into another channel`, { path });
  }

  /**
   * The records of `source` follow, beginning with the one of this number.
   * @param flush whether the new bookmark goes to disk before this call returns
   * @returns number of records between {@link next} and `sequence`: the source does not have them
   * @throws RingwireError `INVALID_ARGUMENT` when this channel holds the records of another source
   */
  begin(source: number, sequence: number, flush = true): number {
    if (!this.takes(source)) throw otherSource(this.path);
    const lost = Math.max(0, sequence - this.#next);
    if (this.source !== source || lost > 0) {
      this.#next += lost;
      this.#bookmark.save({ position: this.#records, sequence: this.#next, userValue: source });
      if (flush) this.#bookmark.flush();
    }
    return lost;
  }

  /**
   * Writes the record {@link next}.
   * @returns false if readers block the writer: nothing was written, and the caller may retry
   * @throws RingwireError like `Writer.write`
   */
  tryWrite(record: Uint8Array): boolean {
    const writer = this.#writer as Writer;
    const taken = writer.tryWrite(record);
    if (taken === WriteResult.BackPressured) return false;
    // `write` throws for a refusal. A reader that was stuck at the first attempt may have moved; then this
    // call writes the record.
    if (taken <= 0) writer.write(record);
    this.#records++;
    this.#next++;
    return true;
  }

  /**
   * Starts a flush of all records so far, unless one is running. {@link flushed} reports its progress.
   * @throws RingwireError `FLUSH_FAILED` if an earlier one failed
   */
  startFlush(): void {
    if (this.#failure !== null) throw this.#failure;
    if (this.#writer === null || this.#flushing !== null || this.#flushed === this.#next) return;
    const next = this.#next;
    this.#flushing = this.#writer
      .flushAsync()
      .then(() => {
        this.#flushed = Math.max(this.#flushed, next);
      })
      .catch((error: unknown) => {
        this.#failure = error;
      })
      .finally(() => {
        this.#flushing = null;
      });
  }

  /**
   * Flushes and closes the channel, so that its readers finish.
   * @throws RingwireError `FLUSH_FAILED`
   */
  close(): void {
    this.#writer?.close();
    this.#writer = null;
    this.#flushed = this.#next;
  }

  /**
   * Flushes all records so far.
   * @throws RingwireError `FLUSH_FAILED`
   */
  async flush(): Promise<void> {
    await this.settled();
    this.startFlush();
    await this.settled();
    if (this.#failure !== null) throw this.#failure;
  }

  /** Returns when no flush is running. */
  async settled(): Promise<void> {
    await this.#flushing;
  }

  /** Detaches from the channel, so that any relay can resume it. */
  [Symbol.dispose](): void {
    this.#writer?.detach();
    this.#writer = null;
    this.#bookmark.close();
  }
}

/**
 * Whether a bookmark belongs to this channel: that of an earlier channel of this name says nothing about a new one. A relay
 * may have died after it created the channel and before it removed that bookmark.
 */
function bookmarkCounts(file: string, opened: OpenedDestination, keepsPlace: boolean): boolean {
  if (opened.writer === null || opened.records > 0) return true;
  return keepsPlace && !opened.isNew && DurableCursor.peek(file, opened)?.position === 0;
}

/** Error for a destination with records of another source. */
export function otherSource(path: string): RingwireError {
  return new RingwireError(
    'INVALID_ARGUMENT',
    `${path} contains records of another source: use a separate destination for each source`,
    { path },
  );
}
