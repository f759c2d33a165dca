/**
 * The writer of a journal: an endless chain of log channels.
 *
 * INV-JOURNAL-07: a roll creates the next segment, complete, and then ends the one before; no record stands in a
 * segment while the one before has no end marker.
 */
import { closeAtExit } from '../core/close-on-exit.js';
import { announceClosed, announceOpened } from '../core/diagnostics.js';
import type { ChannelHeader } from '../core/header-layout.js';
import { refuseOtherOptions } from '../core/header-options.js';
import { WORD } from '../core/record-header.js';
import { refusal } from '../core/write-errors.js';
import { WriteResult, type Writer } from '../core/writer.js';
import { unlockNamed } from '../files/abandoned-names.js';
import type { ChannelKey } from '../files/channel-names.js';
import type { BellFile } from '../files/doorbell-file.js';
import { createIdentified } from '../files/name-claim.js';
import { recordSize } from '../log/log-record-layout.js';
import { usableEnd } from '../log/log-sizes.js';
import type { ShmWriter } from '../log/log-writer.js';
import type { WriterBell } from '../log/writer-parts.js';
import {
  type ControlFile,
  createControlFile,
  existingJournal,
  openControlFile,
  releaseControlFile,
} from './control-file.js';
import type { JournalClock } from './journal-clock.js';
import {
  type JournalOptions,
  type JournalResumeOptions,
  type ResolvedWriting,
  resolveJournalOptions,
  resolveWriting,
  resumeOptionsOf,
} from './journal-options.js';
import { type JournalPaths, journalControlPaths, journalPaths } from './journal-path.js';
import { type JournalWriterParts, openJournal, sharedBell } from './open-journal.js';
import { applyRetention } from './retention.js';
import { SegmentChain } from './segment-chain.js';
import { createSegment } from './segment-file.js';
import type { IndexWriter } from './segment-index.js';

/**
 * The writer of a journal. One process at a time, guaranteed by a kernel lock.
 *
 * @example
 * ```ts
 * using writer = JournalWriter.open(root, { ...options, retention: { maxSegments: 10 } });
 * writer.write(record);
 * ```
 */
export class JournalWriter implements Writer {
  /** The header of the journal: `capacity` is that of each segment. */
  readonly header: ChannelHeader;
  /** The folder of the journal. */
  readonly path: string;
  readonly #chain: SegmentChain;
  readonly #control: ControlFile;
  readonly #writing: ResolvedWriting;
  readonly #times: JournalClock;
  readonly #bell: BellFile | null;
  readonly #sharedBell: WriterBell | null;
  #segment: ShmWriter;
  #index: IndexWriter;
  #ordinal: number;
  #sequence: number;
  /** Bytes claimed, or -1. */
  #claimed = -1;
  /** Number of staged records. */
  #staged = 0;
  #closed = false;
  /** Cancels the closing at the end of the process; null without the option `closeOnExit`. */
  readonly #stayOpen: (() => void) | null;

  /**
   * Creates the journal `options.channelId` below the folder `root` and becomes its one writer.
   * @throws RingwireError like `ShmWriter.create`; `STORAGE_ALREADY_EXISTS` also where a log or ring has the id
   */
  static create(root: string, options: JournalOptions): JournalWriter {
    const { header, identity, writing } = resolveJournalOptions(options);
    return createIdentified(root, identity, journalControlPaths, (control, channelId) =>
      JournalWriter.#open(
        journalPaths(root, channelId),
        createControlFile(control, { ...header, channelId }, writing.fileMode),
        writing,
      ),
    );
  }

  /**
   * Resumes a journal without a writer, after its last record: the journal was closed, or its writer died.
   * @throws RingwireError `WRITER_EXISTS` while a writer lives; `STORAGE_NOT_FOUND`; `CORRUPT_CHANNEL` or
   * `STORAGE_TRUNCATED` when the newest segment is damaged; the errors of creating a segment
   */
  static resume(root: string, channel: ChannelKey, options: JournalResumeOptions = {}): JournalWriter {
    unlockNamed(root, channel);
    const paths = journalPaths(root, channel);
    const control = openControlFile(paths, true);
    let writing: ResolvedWriting;
    try {
      writing = resolveWriting(options, control.header.capacity);
    } catch (error) {
      releaseControlFile(control.fd, true);
      throw error;
    }
    return JournalWriter.#open(paths, control, writing);
  }

  /**
   * Resumes the journal where it exists, else creates it.
   * @throws RingwireError like both; `INVALID_ARGUMENT` where `capacity`, `maxMessageLength`, `timeout` or `tickUnit` differ from
   * those of the existing journal, naming both values. `writerId` is that of the first writer and may differ.
   */
  static open(root: string, options: JournalOptions): JournalWriter {
    const paths = existingJournal(root, options);
    if (paths === null) return JournalWriter.create(root, options);
    const asked = resolveJournalOptions(options).header;
    unlockNamed(root, options);
    const control = openControlFile(paths, false);
    releaseControlFile(control.fd, false);
    refuseOtherOptions(paths.folder, control.header, asked);
    return JournalWriter.resume(root, options, resumeOptionsOf(options));
  }

  static #open(paths: JournalPaths, control: ControlFile, writing: ResolvedWriting): JournalWriter {
    const writer = new JournalWriter(openJournal(paths, control, writing));
    announceOpened('writer', 'journal', writer);
    return writer;
  }

  private constructor({ paths, control, writing, times, bell, segment }: JournalWriterParts) {
    this.header = control.header;
    this.path = paths.folder;
    this.#chain = new SegmentChain(paths, control.header);
    this.#control = control;
    this.#writing = writing;
    this.#times = times;
    this.#bell = bell;
    this.#sharedBell = sharedBell(bell);
    this.#segment = segment.writer;
    this.#index = segment.index;
    this.#ordinal = segment.ordinal;
    this.#sequence = segment.sequence;
    this.#stayOpen = writing.closeOnExit ? closeAtExit(this) : null;
  }

  /** The data area of the segment being written: ask for it after each `tryClaim` and `stage`, since both may begin a segment. */
  get buffer(): Buffer {
    return this.#segment.buffer;
  }

  /** Bytes that a record or batch may take: those of a whole segment. 0 when closed. */
  get available(): number {
    return this.#closed ? 0 : usableEnd(this.header.capacity, Number.POSITIVE_INFINITY);
  }

  get writeOffset(): number {
    return this.#ordinal * this.header.capacity + this.#segment.writeOffset;
  }

  /** Sequence number of the next record: the number of records since the journal began. */
  get sequence(): number {
    return this.#sequence;
  }

  /** The segment that is being written, counted from 0 since the journal began. */
  get segment(): number {
    return this.#ordinal;
  }

  write(data: Uint8Array, length?: number): number {
    const taken = this.tryWrite(data, length);
    if (taken > 0) return taken;
    throw refusal(this, taken, length ?? data.length);
  }

  /** @throws RingwireError `NO_SPACE` if the next segment does not fit on the disk; nothing is written then */
  tryWrite(data: Uint8Array, length: number = data.length): number {
    const here = this.#segment.tryWrite(data, length);
    const taken = here === WriteResult.ChannelFull ? this.#roll().tryWrite(data, length) : here;
    return taken > 0 ? this.#count(taken, length > 0 ? 1 : 0) : taken;
  }

  writeUtf8(text: string): number {
    const taken = this.tryWriteUtf8(text);
    if (taken > 0) return taken;
    throw refusal(this, taken, Buffer.byteLength(text));
  }

  tryWriteUtf8(text: string): number {
    const here = this.#segment.tryWriteUtf8(text);
    const taken = here === WriteResult.ChannelFull ? this.#roll().tryWriteUtf8(text) : here;
    return taken > 0 ? this.#count(taken, text.length > 0 ? 1 : 0) : taken;
  }

  tryClaim(length: number): number {
    const here = this.#segment.tryClaim(length);
    const offset = here === WriteResult.ChannelFull ? this.#roll().tryClaim(length) : here;
    if (offset >= 0) this.#claimed = length;
    return offset;
  }

  commit(length: number = this.#claimed): number {
    const taken = this.#segment.commit(length);
    this.#claimed = -1;
    return this.#count(taken, length > 0 ? 1 : 0);
  }

  abort(): void {
    this.#segment.abort();
    this.#claimed = -1;
  }

  stage(length: number): number {
    const here = this.#segment.stage(length);
    if (here === WriteResult.ChannelFull && this.#staged > 0) return WriteResult.StageFull;
    const offset = here === WriteResult.ChannelFull ? this.#roll().stage(length) : here;
    if (offset > 0) this.#staged++;
    return offset;
  }

  publish(): number {
    const taken = this.#segment.publish();
    const records = this.#staged;
    this.#staged = 0;
    return this.#count(taken, records);
  }

  discard(): void {
    this.#segment.discard();
    this.#staged = 0;
  }

  /** @throws RingwireError `CHANNEL_FULL` for a batch that no segment can hold */
  writeBatch(records: readonly Uint8Array[]): number {
    let size = 0;
    let count = 0;
    for (let i = 0; i < records.length; i++) {
      const length = records[i]?.length ?? 0;
      size += recordSize(length);
      if (length > 0) count++;
    }
    // The current segment refuses a batch that is larger than a segment.
    if (size > this.#segment.available && size <= this.available && !this.#isPending) this.#roll();
    const taken = this.#segment.writeBatch(records);
    return taken > 0 ? this.#count(taken, count) : taken;
  }

  heartbeat(): number {
    if (this.#segment.available < WORD && !this.#isPending && !this.#closed) this.#roll();
    return this.#count(this.#segment.heartbeat(), 0);
  }

  /** Writes the current segment to disk. Earlier segments were flushed when they ended. */
  flush(): void {
    this.#segment.flush();
  }

  flushAsync(): Promise<void> {
    return this.#segment.flushAsync();
  }

  /**
   * Deletes the segments that the retention does not keep. Each roll does the same; this is for a journal with hours
   * between two rolls.
   * @returns how many segments were deleted
   * @throws RingwireError `CLOSED`, `COULD_NOT_ACCESS_STORAGE`
   */
  prune(): number {
    if (this.#closed) throw refusal(this, WriteResult.Closed, 0);
    return applyRetention(this.#chain, this.#writing.retention, this.#writing.clock, 0);
  }

  /** Closes the journal, also for its current readers. It may be resumed. A second call does nothing. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    // The records since the last entry may carry a later time than the next writer's clock shows.
    this.#index.enterEnd(this.#sequence, this.#segment.writeOffset, () => this.#times.now());
    try {
      this.#segment.close();
    } finally {
      this.#release();
    }
  }

  /** @internal Closes the files without an end marker, as the end of a process does. */
  detach(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#segment.detach();
    this.#release();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** Whether a claim is open or records are staged: the segment stays. */
  get #isPending(): boolean {
    return this.#claimed >= 0 || this.#staged > 0;
  }

  #count(taken: number, records: number): number {
    this.#sequence += records;
    const { writeOffset } = this.#segment;
    if (writeOffset >= this.#index.due) this.#index.enter(this.#sequence, writeOffset, this.#times.now());
    return taken;
  }

  /** Continues in a new segment. If it cannot be created, nothing changes. @returns the writer of the new segment */
  #roll(): ShmWriter {
    applyRetention(this.#chain, this.#writing.retention, this.#writing.clock, 1);
    const next = createSegment(
      this.#chain.paths,
      this.header,
      { ordinal: this.#ordinal + 1, sequence: this.#sequence },
      this.#writing,
      this.#times,
      this.#sharedBell,
    );
    const ended = { writer: this.#segment, index: this.#index };
    this.#segment = next.writer;
    this.#index = next.index;
    this.#ordinal = next.ordinal;
    try {
      ended.index.close();
    } finally {
      ended.writer.close();
    }
    return next.writer;
  }

  #release(): void {
    this.#stayOpen?.();
    try {
      this.#index.close();
    } finally {
      this.#bell?.close();
      releaseControlFile(this.#control.fd, true);
      announceClosed('writer', 'journal', this);
    }
  }
}
