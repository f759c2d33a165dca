/**
 * The reader of a journal: follows the chain of its segments.
 *
 * INV-JOURNAL-08: a reader leaves a segment only at its end marker, and for the next one that exists; the difference of
 * the sequence numbers counts what retention deleted in between.
 * INV-READ-04: a segment that a nested read leaves stays mapped until the outermost handler has returned.
 */

import { type Doorbell, RingwireError } from '../../platform/index.js';
import { announceClosed, announceLoss, announceOpened } from '../core/diagnostics.js';
import { EndReporter } from '../core/end-reporter.js';
import type { ChannelHeader } from '../core/header-layout.js';
import { LossCounter, type LossCounts } from '../core/losses.js';
import type { Reader, RecordHandler, RecordsOptions } from '../core/reader.js';
import { closedByWriter, closedReader } from '../core/reader-errors.js';
import type { ChannelKey } from '../files/channel-names.js';
import { BellFile } from '../files/doorbell-file.js';
import type { DurableCursor } from '../files/durable-cursor.js';
import { RecordCopier } from '../io/record-copier.js';
import { iterateRecords } from '../io/record-iteration.js';
import { type WaitOptions, waitForReader } from '../io/wait-for-channel.js';
import { type ControlFile, journalWriterAlive, openControlFile, releaseControlFile } from './control-file.js';
import { openCursor } from './journal-cursor.js';
import {
  type JournalReaderOptions,
  type ResolvedJournalReaderOptions,
  resolveJournalReaderOptions,
} from './journal-options.js';
import { type JournalPaths, journalPaths } from './journal-path.js';
import { SegmentChain } from './segment-chain.js';
import { type OpenPlace, SegmentFinder } from './segment-finder.js';
import { SegmentFollower } from './segment-follower.js';

const NO_HANDLER: RecordHandler = () => {};

/**
 * The reader of a journal. Any number of readers read a journal, each at its own position.
 *
 * @example
 * ```ts
 * using reader = JournalReader.open(root, 7, { cursor: 'billing' });
 * for await (const record of reader.records()) {
 *   handle(record);
 *   reader.saveCursor();
 * }
 * ```
 */
export class JournalReader implements Reader {
  /** The header of the journal: `capacity` is that of each segment. */
  readonly header: ChannelHeader;
  /** The folder of the journal. */
  readonly path: string;
  readonly doorbell: Doorbell | null;
  /** The durable cursor of the option `cursor`, or null. */
  readonly cursor: DurableCursor | null;
  readonly #control: ControlFile;
  readonly #bell: BellFile | null;
  readonly #finder: SegmentFinder;
  readonly #onLoss: ResolvedJournalReaderOptions['onLoss'];
  readonly #laps = new LossCounter();
  readonly #follower: SegmentFollower;
  /** Position at which the segment begins. */
  #base: number;
  #sequence: number;
  /** Why no segment follows: the journal was closed, or the next segment cannot be opened. */
  #final: RingwireError | null = null;
  readonly #endReporter = new EndReporter();
  /** The place of this reader when its next record was found deleted; null otherwise. */
  #lapFrom: { readonly position: number; readonly sequence: number } | null = null;
  #closed = false;
  readonly #single = new RecordCopier();
  #handler = NO_HANDLER;
  /** Polls in progress. */
  #polls = 0;
  readonly #deliver: RecordHandler = (buffer, offset, length, position) => {
    this.#sequence++;
    this.#handler(buffer, offset, length, this.#base + position);
  };

  /**
   * Opens the journal `channel` below the folder `root`.
   * @throws RingwireError like `ShmReader.open`; `INVALID_POSITION` for a place that the journal never had, `CURSOR_IN_USE` while
   * another reader has the cursor
   */
  static open(root: string, channel: ChannelKey, options?: JournalReaderOptions): JournalReader {
    const resolved = resolveJournalReaderOptions(options);
    const paths = journalPaths(root, channel);
    const control = openControlFile(paths, false);
    const chain = new SegmentChain(paths, control.header, resolved);
    let cursor: DurableCursor | null = null;
    let at: OpenPlace | undefined;
    try {
      if (resolved.cursor !== undefined) cursor = openCursor(paths, resolved.cursor, control.header);
      at = new SegmentFinder(chain).open(cursor?.saved ?? resolved.from);
      return new JournalReader(paths, control, chain, resolved, cursor, at);
    } catch (error) {
      at?.reader.close();
      cursor?.close();
      releaseControlFile(control.fd, false);
      throw error;
    }
  }

  /** Opens a journal that may not exist yet, and retries until it does. @throws like {@link open} and `ShmReader.waitFor` */
  static waitFor(
    root: string,
    channel: ChannelKey,
    options: WaitOptions & JournalReaderOptions = {},
  ): Promise<JournalReader> {
    return waitForReader(JournalReader.open, root, channel, options);
  }

  private constructor(
    paths: JournalPaths,
    control: ControlFile,
    chain: SegmentChain,
    { onLoss }: ResolvedJournalReaderOptions,
    cursor: DurableCursor | null,
    { reader, ordinal, sequence, lapFrom }: OpenPlace,
  ) {
    this.header = control.header;
    this.path = paths.folder;
    this.#bell = BellFile.open(paths.control.bell, control.header);
    this.doorbell = this.#bell?.doorbell ?? null;
    this.cursor = cursor;
    this.#control = control;
    this.#finder = new SegmentFinder(chain);
    this.#onLoss = onLoss;
    this.#follower = new SegmentFollower(chain, reader, ordinal);
    this.#base = ordinal * control.header.capacity;
    this.#sequence = sequence;
    this.#lapFrom = lapFrom;
    // A cursor is registered as soon as it has a place.
    if (cursor !== null && cursor.saved === null) this.saveCursor();
    announceOpened('reader', 'journal', this);
  }

  get position(): number {
    return this.#base + this.#follower.segment.position;
  }

  /** Sequence number of the next record: the number of records since the journal began. */
  get sequence(): number {
    return this.#sequence;
  }

  get heartbeats(): number {
    return this.#follower.heartbeats;
  }

  /** The records that retention deleted before this reader reached them. */
  get losses(): LossCounts {
    return this.#laps;
  }

  get endReason(): RingwireError | null {
    if (this.#final !== null) return this.#final;
    const { endReason } = this.#follower.segment;
    // The end of a segment is not the end of the journal.
    return endReason?.code === 'CLOSED' ? null : endReason;
  }

  get writerAlive(): boolean | null {
    return this.#closed ? null : journalWriterAlive(this.#control);
  }

  /** @internal Whether the last poll stopped at the bound on heartbeats of its segment. */
  get isBehind(): boolean {
    return this.#follower.segment.isBehind;
  }

  poll(handler: RecordHandler, limit: number = Number.POSITIVE_INFINITY): number {
    if (this.#final !== null) return this.#reportEnd();
    if (this.#lapFrom !== null) this.#reportLoss();
    const before = this.#handler;
    this.#handler = handler;
    this.#polls++;
    let count = 0;
    try {
      for (;;) {
        const { segment } = this.#follower;
        count += segment.poll(this.#deliver, limit - count);
        // The handler may have moved or closed this reader.
        if (segment !== this.#follower.segment || this.#closed || count >= limit) return count;
        if (segment.endReason?.code !== 'CLOSED' || !this.#follow()) break;
        if (this.#polls === 1) this.#follower.closeLeft();
      }
    } finally {
      this.#handler = before;
      if (--this.#polls === 0) this.#follower.closeLeft();
    }
    return count > 0 || this.#final === null ? count : this.#reportEnd();
  }

  tryRead(): Buffer | null {
    return this.#single.from(this);
  }

  records(options?: RecordsOptions): AsyncIterableIterator<Buffer> {
    return iterateRecords(this, options);
  }

  /** Continues at the record that begins at `position`, or after the last one; scans one index step at most. */
  moveTo(position: number): number {
    this.#refuseClosed();
    this.#seek(this.#finder.atPosition(position));
    return position;
  }

  /**
   * Continues at the record with this sequence number, or after the last one; scans one index step at most.
   * @returns its position
   * @throws RingwireError `INVALID_POSITION`; the reader then stays where it was
   */
  moveToSequence(sequence: number): number {
    this.#refuseClosed();
    return this.#seek(this.#finder.atSequence(sequence));
  }

  /**
   * Continues at a record from which nothing published at or after a time is missed, at most one index step too early.
   * @param unixMillis like `Date.now()`
   * @returns the position
   */
  moveToTime(unixMillis: number): number {
    this.#refuseClosed();
    return this.#seek(this.#finder.atTime(unixMillis));
  }

  /** @internal Continues where a reader that is opened now with this start position begins. */
  restart(from: 'oldest' | 'newest'): void {
    this.#refuseClosed();
    this.#seek(this.#finder.open(from));
  }

  /**
   * Stores in the cursor that everything before {@link position} is done.
   * @param userValue a number to store with it, for example the length of the output so far; default 0
   * @throws RingwireError `INVALID_ARGUMENT` when this reader has no cursor
   */
  saveCursor(userValue = 0): void {
    if (this.cursor === null) {
      throw new RingwireError(
        'INVALID_ARGUMENT',
        'this reader has no cursor: open it with the option cursor',
      );
    }
    this.cursor.save({ position: this.position, sequence: this.#sequence, userValue });
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#single.clear();
    this.#follower.close();
    this.cursor?.close();
    this.#bell?.close();
    releaseControlFile(this.#control.fd, false);
    announceClosed('reader', 'journal', this);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** Leaves a segment that has ended for the next one. @returns false if there is none; sets {@link #final} then */
  #follow(): boolean {
    const { position } = this;
    const sequence = this.#sequence;
    try {
      const next = this.#follower.openNext();
      if (next === null) {
        this.#final = closedByWriter(this.path, position);
        return false;
      }
      this.#enter(next);
    } catch (error) {
      if (!(error instanceof RingwireError)) throw error;
      this.#final = error;
      return false;
    }
    if (this.#sequence !== sequence) {
      this.#lapFrom = { position, sequence };
      this.#reportLoss();
    }
    return true;
  }

  #seek(place: OpenPlace): number {
    this.#enter(place);
    this.#final = null;
    this.#endReporter.reset();
    this.#lapFrom = null;
    return this.position;
  }

  #enter({ reader, ordinal, sequence }: Omit<OpenPlace, 'lapFrom'>): void {
    this.#follower.enter(reader, ordinal);
    if (this.#polls === 0) this.#follower.closeLeft();
    this.#base = ordinal * this.header.capacity;
    this.#sequence = sequence;
  }

  #reportLoss(): void {
    const from = this.#lapFrom;
    this.#lapFrom = null;
    if (from === null || this.#sequence <= from.sequence) return;
    const { position } = this;
    const lap = {
      records: this.#sequence - from.sequence,
      bytes: position - from.position,
      possiblyTorn: 0,
      from: from.position,
      to: position,
    };
    this.#laps.add(lap);
    announceLoss('journal', this.path, lap);
    this.#onLoss?.(lap);
  }

  #reportEnd(): number {
    this.#refuseClosed();
    if (this.#final !== null) this.#endReporter.report(this.#final);
    return 0;
  }

  #refuseClosed(): void {
    if (this.#closed) throw closedReader(this.path);
  }
}
