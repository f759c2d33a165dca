/**
 * The fast path of a ring writer, for units that end before a granted limit. UnitPublisher does the rest. Stores of one
 * unit, in order: intent (once per capacity / 16), payload, EMPTY after the unit, commit word.
 */
import { type Doorbell, publishI32, type SourceViews } from '../../platform/index.js';
import { wholeNumber } from '../core/arguments.js';
import { StagedRecords } from '../core/staged-records.js';
import {
  claimPending,
  closedWriter,
  noClaim,
  requireClaimLength,
  requirePrefix,
  requireStageLength,
  stagePending,
} from '../core/write-errors.js';
import { claimAndWriteText, UTF8_BYTES_PER_UNIT } from '../core/write-text.js';
import { WriteResult, type Writer } from '../core/writer.js';
import type { ChannelKey } from '../files/channel-names.js';
import type { RegisteredReader } from './reader-slots.js';
import type { RingHeader } from './ring-header-layout.js';
import type { RingOptions, RingResumeOptions } from './ring-options.js';
import { CLOSE_MARK, EMPTY, HEARTBEAT_MARK, RING_WORD } from './ring-record-layout.js';
import {
  createRing,
  openRing,
  type RingWriterParts,
  releaseRing,
  resumeRing,
} from './writing/open-ring-writer.js';
import { storeKnown } from './writing/ring-batch.js';
import { RingStaging } from './writing/ring-staging.js';
import { viewRing } from './writing/ring-views.js';
import { ThrowingRingCalls } from './writing/throwing-calls.js';
import { UnitPublisher } from './writing/unit-publisher.js';

/** A limit that no record reaches: while the writer is closed, a claim is open or records are staged. */
const NOTHING = -1;

/**
 * The writer of a ring. It overwrites the oldest records, or waits for registered readers. One process at a time.
 *
 * @example
 * RingWriter.open(root, options).write(record);
 */
export class RingWriter extends ThrowingRingCalls implements Writer {
  readonly header: RingHeader;
  readonly path: string;
  readonly buffer: Buffer;
  /** The bell that readers ring when they free space; a back-pressured writer may sleep on it. */
  readonly spaceAvailable: Doorbell;
  readonly #i32: Int32Array;
  readonly #sources: SourceViews;
  readonly #units: UnitPublisher;
  readonly #bell: Doorbell | null;
  readonly #parts: RingWriterParts;
  readonly #maxLength: number = 0;
  /** Word index in this lap of the next record; below the capacity. */
  #at = 0;
  /** Fast-path limit: a record that ends before this word index of the lap needs no further check. */
  #limit = 0;
  /** Low 32 bits of the sequence number of the next record. */
  #sequence = 0;
  /** The open claim: bytes or -1, word index, words of padding before it. */
  #claimLength = -1;
  #claimStart = 0;
  #claimPadding = 0;
  /** The limit before a claim on the fast path; {@link NOTHING} for others. */
  #claimLimit = NOTHING;
  readonly #staged: StagedRecords;
  readonly #staging: RingStaging;
  #closed = false;

  /**
   * Creates the ring `options.channelId` below the folder `root` and becomes its one writer.
   * @throws RingwireError `STORAGE_ALREADY_EXISTS`, `STORAGE_NOT_READY`, `NO_SPACE`, `COULD_NOT_ACCESS_STORAGE`,
   * `MEMORY_MAPPING_FAILED`, `INVALID_ARGUMENT`, `INVALID_MAX_MESSAGE_LENGTH`, `INVALID_TICK_UNIT`
   */
  static create(root: string, options: RingOptions): RingWriter {
    return createRing(root, options, (parts) => new RingWriter(parts));
  }

  /**
   * Resumes a ring whose writer died or {@link detach}ed, after its last record. Readers see a new epoch.
   * @throws RingwireError `WRITER_EXISTS` while another writer lives, `CLOSED` when the ring was closed,
   * `CORRUPT_CHANNEL`, `STORAGE_NOT_FOUND`, `COULD_NOT_ACCESS_STORAGE` and the errors of the header
   */
  static resume(root: string, channel: ChannelKey, options?: RingResumeOptions): RingWriter {
    return resumeRing(root, channel, options, RingWriter.#takeOver);
  }

  /**
   * Resumes the ring, or creates it if it does not exist.
   * @throws RingwireError like {@link create} and {@link resume}; `INVALID_ARGUMENT`, naming both values, if a given option
   * that the file fixes differs from it. `writerId` is that of the first writer and may differ.
   */
  static open(root: string, options: RingOptions): RingWriter {
    return openRing(root, options, RingWriter.create, RingWriter.#takeOver);
  }

  static #takeOver(parts: RingWriterParts): RingWriter {
    const writer = new RingWriter(parts);
    writer.#units.takeOver();
    writer.#adopt(1);
    return writer;
  }

  private constructor(parts: RingWriterParts) {
    super(parts);
    const views = viewRing(parts);
    this.header = parts.file.header;
    this.path = parts.file.path;
    this.buffer = views.buffer;
    this.spaceAvailable = views.spaceAvailable;
    this.#i32 = views.i32;
    this.#sources = views.sources;
    this.#bell = views.bell;
    this.#units = new UnitPublisher(parts, views);
    this.#parts = parts;
    this.#maxLength = this.header.maxMessageLength;
    this.#at = this.#units.at;
    this.#sequence = this.#units.sequence;
    this.#staged = new StagedRecords(views.i32, this.#maxLength, 1);
    this.#staging = new RingStaging(this.#staged, this.#units, this.header);
  }

  get available(): number {
    return this.#closed ? 0 : this.#units.available(this.#at);
  }

  get writeOffset(): number {
    return (this.#units.base + this.#at) * RING_WORD;
  }

  /** Number of writer takeovers; 0 for the first writer. */
  get epoch(): number {
    return this.#units.epoch;
  }

  /** Sequence number of the next record: the number of records published so far. */
  get sequence(): number {
    return this.#units.wholeSequence(this.#sequence);
  }

  /** The readers that have a slot, and their positions. */
  get readers(): RegisteredReader[] {
    return this.#closed ? [] : this.#units.admission.slots.list();
  }

  tryWriteUtf8(text: string): number {
    const at = this.#at;
    const most = typeof text === 'string' ? text.length * UTF8_BYTES_PER_UNIT : 0;
    if (most === 0 || most > this.#maxLength || at + ((most + 15) >>> 3) >= this.#limit) {
      return claimAndWriteText(this, text);
    }
    const length = this.buffer.write(text, (at + 1) * RING_WORD, most, 'utf8');
    return this.#publish(at, at + ((length + 15) >>> 3), length);
  }

  tryWrite(data: Uint8Array, length: number = data.length): number {
    const at = this.#at;
    const next = at + ((length + 15) >>> 3);
    return next < this.#limit && this.#sources.copyKnown(data, length, at + 1)
      ? this.#publish(at, next, length)
      : this.#tryWriteSlowly(data, length);
  }

  tryClaim(length: number): number {
    const size = (length + 15) >>> 3;
    let start = this.#at;
    let padding = 0;
    let limit = this.#limit;
    if (start + size >= limit || length > this.#maxLength || length >>> 0 !== length) {
      padding = this.#prepare(requireClaimLength(length)) || this.#units.reserve(size);
      if (padding < 0) return padding;
      start = padding > 0 ? 0 : this.#at;
      limit = NOTHING;
    }
    this.#claimLength = length;
    this.#claimPadding = padding;
    this.#claimStart = start;
    this.#claimLimit = limit;
    this.#limit = NOTHING;
    return (start + 1) * RING_WORD;
  }

  commit(length: number = this.#claimLength): number {
    const claimed = this.#claimLength;
    if (claimed < 0) throw noClaim();
    const start = this.#claimStart;
    const next = start + ((claimed + 15) >>> 3);
    if (length === claimed && length !== 0 && next < this.#claimLimit) {
      this.#claimLength = -1;
      this.#limit = this.#claimLimit;
      return this.#publish(start, next, length);
    }
    wholeNumber('length', length, claimed);
    this.#claimLength = -1;
    const word = length === 0 ? HEARTBEAT_MARK : length;
    return this.#adopt(this.#synced().publish(this.#claimPadding, start, word));
  }

  abort(): void {
    if (this.#claimLength < 0) throw noClaim();
    this.#claimLength = -1;
    this.#limit = this.#units.limit;
  }

  stage(length: number): number {
    const offset = this.#staged.add(length);
    return offset > 0 ? offset : this.#stageSlowly(length);
  }

  publish(): number {
    if (!this.#staged.isEmpty) return this.#adopt(this.#staging.publish());
    this.requireOpen();
    if (this.#claimLength >= 0) throw claimPending();
    return 0;
  }

  discard(): void {
    if (this.#staged.isEmpty) return;
    this.#staged.clear();
    this.#limit = this.#units.limit;
  }

  /**
   * Returns a negative {@link WriteResult} instead of throwing for back pressure and a closed writer.
   * @throws RingwireError `MAX_RECORD_LENGTH_EXCEEDED`, `CLAIM_PENDING`, `INVALID_ARGUMENT`, `CHANNEL_FULL` beyond capacity / 4
   */
  tryWriteBatch(records: readonly Uint8Array[]): number {
    const at = this.#at;
    const end = Math.min(this.#limit - 1, at + this.#staging.longest);
    const next = storeKnown(this.#i32, this.#sources, records, at, end, this.#sequence);
    return next > at
      ? this.#publish(at, next, (records[0] as Uint8Array).length, records.length)
      : this.#prepare(0) || this.#adopt(this.#units.publishBatch(records));
  }

  close(): void {
    if (this.#closed) return;
    if (this.#claimLength >= 0) this.abort();
    this.#synced().publishLast(CLOSE_MARK);
    try {
      this.flush();
    } finally {
      this.#release();
    }
  }

  /** Closes the file without closing the ring: readers wait, and a successor may {@link resume}. */
  detach(): void {
    if (!this.#closed) this.#release();
  }

  /** `length`: of the first of the `records` from word index `at` to `next`, whose words after the first are stored. */
  #publish(at: number, next: number, length: number, records = 1): number {
    const halves = this.#i32;
    halves[next << 1] = EMPTY;
    halves[(at << 1) + 1] = this.#sequence;
    publishI32(halves, at << 1, length);
    this.#sequence = (this.#sequence + records) | 0;
    this.#at = next;
    if (this.#bell !== null) this.#bell.ring();
    return (next - at) << 3;
  }

  /** Slow path: unknown sources, heartbeats, padding, the end of the data area, a new intent, prefixes, wrong arguments, refusals. */
  #tryWriteSlowly(data: Uint8Array, length: number): number {
    requirePrefix(data, length);
    const at = this.#at;
    const next = at + ((length + 15) >>> 3);
    if (next < this.#limit && length <= this.#maxLength && length > 0) {
      this.#units.copy(data, length, at);
      return this.#publish(at, next, length);
    }
    return this.#prepare(length) || this.#adopt(this.#units.write(data, length));
  }

  /** Slow path: the first record of a unit, one that does not fit in it, a wrong argument, refusals. */
  #stageSlowly(length: number): number {
    requireStageLength(length);
    if (!this.#staged.isEmpty) return this.#staging.extend(length);
    const offset = this.#prepare(length) || this.#staging.begin(length);
    if (offset > 0) this.#limit = NOTHING;
    return offset;
  }

  /** Prepares the slow path for a record of `length` bytes. @returns 0, or a negative {@link WriteResult} */
  #prepare(length: number): number {
    if (this.#closed) return WriteResult.Closed;
    if (this.#claimLength >= 0) throw claimPending();
    if (!this.#staged.isEmpty) throw stagePending();
    if (length > this.#maxLength) return WriteResult.RecordTooLong;
    const units = this.#synced();
    const refused = units.markEpoch();
    if (units.at !== this.#at) this.#adopt(1);
    return refused;
  }

  /** The slow path, at the position of the fast path. */
  #synced(): UnitPublisher {
    const units = this.#units;
    units.at = this.#at;
    units.sequence = this.#sequence;
    return units;
  }

  /** Adopts the position of the slow path if it took bytes. @returns `taken` */
  #adopt(taken: number): number {
    if (taken > 0) {
      this.#at = this.#units.at;
      this.#sequence = this.#units.sequence;
      this.#limit = this.#units.limit;
    }
    return taken;
  }

  /** @internal */
  protected requireOpen(): void {
    if (this.#closed) throw closedWriter(this.path);
  }

  #release(): void {
    this.#closed = true;
    this.#claimLength = -1;
    this.#staged.clear();
    this.#limit = NOTHING;
    this.#sources.clear();
    this.#bell?.close();
    this.spaceAvailable.close();
    releaseRing(this.#parts);
  }
}
