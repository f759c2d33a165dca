/**
 * The destination channel. The number of its records is the progress of the relay: a record and the progress become
 * visible by one store, so that no death can separate them.
 *
 * INV-RELAY-01: record d + i of the destination is record s + i of the source, for the newest pair (d, s) of the
 * bookmark. The bookmark is written, and flushed, before the first record that it counts. Only the holder of the
 * writer's lock removes a bookmark, and only that of a channel without records.
 */
import { channelPaths, DurableCursor, WriteResult, type Writer } from '../channel/index.js';
import { RingwireError } from '../platform/index.js';
import { type DestinationOptions, type OpenedDestination, openDestination } from './open-destination.js';

export class RelayDestination implements Disposable {
  readonly path: string;
  #writer: OpenedDestination['writer'];
  readonly #bookmark: DurableCursor;
  /** Records of the destination. */
  #records: number;
  #next: number;
  /** Number of the first record that may not be on disk. */
  #flushed: number;
  #flushing: Promise<void> | null = null;
  #failure: unknown = null;

  /**
   * Creates the channel, or resumes it after its last record.
   * @throws RingwireError `WRITER_EXISTS` while another process writes to it, `CURSOR_IN_USE` while another relay has it
   * although it is closed; as creating and resuming a channel does
   */
  static open(destination: DestinationOptions): RelayDestination {
    const { root, options } = destination;
    const { file } = channelPaths(root, options.channelId);
    const bookmark = `${file}.relay`;
    // The writer's lock comes first: nothing of a live relay is looked at, let alone removed.
    const opened = openDestination(destination);
    try {
      // The bookmark of an earlier channel of this name says nothing about the new one.
      if (opened.writer !== null && opened.records === 0) DurableCursor.remove(bookmark);
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
    // The death of an earlier relay may have left records that were never flushed.
    this.#flushed = writer === null ? this.#next : 0;
  }

  /** Number, in the source, of the next record. */
  get next(): number {
    return this.#next;
  }

  /** Identity of the source of these records; 0 before the first. */
  get source(): number {
    return this.#bookmark.saved?.userValue ?? 0;
  }

  /** Number of the first record that may not be on disk: every earlier record was flushed. */
  get flushed(): number {
    return this.#flushed;
  }

  /** Whether the channel was closed. */
  get isClosed(): boolean {
    return this.#writer === null;
  }

  /**
   * The records of `source` follow, beginning with the one of this number.
   * @returns number of records that are lost: the source has overwritten them
   * @throws RingwireError `INVALID_ARGUMENT` when this channel holds the records of another source
   */
  begin(source: number, sequence: number): number {
    if (this.source !== 0 && this.source !== source) throw otherSource(this.path);
    const lost = Math.max(0, sequence - this.#next);
    if (this.source === 0 || lost > 0) {
      this.#next += lost;
      this.#bookmark.save({ position: this.#records, sequence: this.#next, userValue: source });
      this.#bookmark.flush();
    }
    return lost;
  }

  /**
   * Writes the record {@link next}.
   * @returns false when readers block the writer: nothing was written, and the same record may be offered again
   * @throws RingwireError like `Writer.write`
   */
  tryWrite(record: Uint8Array): boolean {
    const writer = this.#writer as Writer;
    const taken = writer.tryWrite(record);
    if (taken === WriteResult.BackPressured) return false;
    // A refusal throws. A reader that was stuck at the first attempt may have moved: then the record is written now.
    if (taken <= 0) writer.write(record);
    this.#records++;
    this.#next++;
    return true;
  }

  /**
   * Starts a flush of all records so far, unless one is running; {@link flushed} reports its progress.
   * @throws RingwireError `FLUSH_FAILED` when an earlier one failed
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

  /** Ends the channel, which flushes it: its readers finish. @throws RingwireError `FLUSH_FAILED` */
  close(): void {
    this.#writer?.close();
    this.#writer = null;
    this.#flushed = this.#next;
  }

  /** Flushes all records so far. @throws RingwireError `FLUSH_FAILED` */
  async flush(): Promise<void> {
    await this.settled();
    this.startFlush();
    await this.settled();
    if (this.#failure !== null) throw this.#failure;
  }

  /** Returns when no flush is running any more. */
  async settled(): Promise<void> {
    await this.#flushing;
  }

  /** Detaches from the channel, so that another relay, or this one again, can resume it. */
  [Symbol.dispose](): void {
    this.#writer?.detach();
    this.#writer = null;
    this.#bookmark.close();
  }
}

export function otherSource(path: string): RingwireError {
  return new RingwireError(
    'INVALID_ARGUMENT',
    `${path} is relayed with a channel of another source: give each source a destination of its own`,
    { path },
  );
}
