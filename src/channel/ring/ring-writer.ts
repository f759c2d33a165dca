/**
 * The writer of a ring channel.
 *
 * Order of stores for one unit: intent (once per sixteenth of the ring), payload, EMPTY after the unit, commit word. See
 * ring-record-layout.ts and docs/format-ring.md for the invariants.
 *
 * INV-RING-03: nothing is stored in the data area at or after the intent.
 * INV-RING-04: with back pressure, nothing is stored at or after the position of an active reader plus one capacity.
 */
import fs from 'node:fs';
import { Doorbell, type Mapping, RingwireError, SourceViews, unlock } from '../../platform/index.js';
import { wholeNumber } from '../core/arguments.js';
import { WriteResult, type Writer } from '../core/writer.js';
import type { RegisteredReader } from './reader-slots.js';
import { backPressured, closedWriter, recordTooLong } from './ring-errors.js';
import type { RingFile } from './ring-file.js';
import {
  EPOCH_OFFSET,
  READERS_ASLEEP_OFFSET,
  READERS_BELL_OFFSET,
  RING_DATA_OFFSET,
  type RingHeader,
  ringBatchLimit,
  WRITER_ASLEEP_OFFSET,
  WRITER_BELL_OFFSET,
  WRITER_LOCK,
} from './ring-header-layout.js';
import type { RingOptions, RingResumeOptions } from './ring-options.js';
import {
  CLOSE_MARK,
  EMPTY,
  EPOCH_MARK,
  HEARTBEAT_MARK,
  PADDING,
  RING_WORD,
  ringRecordSize,
} from './ring-record-layout.js';
import { batchSize } from './writing/batch-size.js';
import { changedRanges, type FileRange } from './writing/changed-ranges.js';
import { createRing, type RingWriterParts, resumeRing } from './writing/open-ring-writer.js';
import { RingAdmission } from './writing/ring-admission.js';

/** A word index that no record reaches: refuses everything while the writer is closed or a claim is open. */
const NOTHING = -1;
const NO_BYTES = new Uint8Array(0);

/** The writer of a ring: it overwrites the oldest records, or waits for registered readers. */
export class RingWriter implements Writer {
  readonly header: RingHeader;
  readonly path: string;
  readonly buffer: Buffer;
  /** Rung by readers that free space; a back-pressured writer may sleep on it. */
  readonly spaceAvailable: Doorbell;
  /** The header, and the data area. */
  readonly #headerI32: Int32Array;
  readonly #i32: Int32Array;
  readonly #sources: SourceViews;
  readonly #admission: RingAdmission;
  readonly #bell: Doorbell | null;
  readonly #mapping: Mapping;
  readonly #file: RingFile;
  readonly #maxLength: number;
  /** Capacity and longest batch, in words. */
  readonly #capacity: number;
  readonly #longestBatch: number;
  readonly #waits: boolean;
  /** Word index in this lap of the next record; below the capacity. */
  #at: number;
  /** Position at which this lap begins, in words. */
  #base: number;
  /** Fast-path limit: a record that ends before this word index of the lap needs no further check. */
  #limit = 0;
  /** Low 32 bits of the next record's sequence number, and the whole number at the last checkpoint. */
  #sequence: number;
  #checkpointSequence: number;
  /** The open claim: bytes or -1, word index, words of padding before it. */
  #claimLength = -1;
  #claimStart = 0;
  #claimPadding = 0;
  /** The limit before the claim, for a claim on the fast path; {@link NOTHING} for others. */
  #claimLimit = NOTHING;
  #epoch = 0;
  #epochUnmarked = false;
  #closed = false;
  /** Position up to which this writer has flushed, in bytes. A successor does not know what the writer before it flushed. */
  #flushed = 0;

  /**
   * Creates the ring `options.channelId` below the folder `root` and becomes its one writer.
   * @throws RingwireError `STORAGE_ALREADY_EXISTS`, `STORAGE_NOT_READY`, `NO_SPACE`, `COULD_NOT_ACCESS_STORAGE`,
   * `MEMORY_MAPPING_FAILED`, `INVALID_ARGUMENT`, `INVALID_MAX_MESSAGE_LENGTH`, `INVALID_TICK_UNIT`; no file remains
   * then
   */
  static create(root: string, options: RingOptions): RingWriter {
    return createRing(root, options, (parts) => new RingWriter(parts));
  }

  /**
   * Resumes a ring whose writer died or {@link detach}ed, right after its last published record. Readers continue
   * and see a new epoch.
   * @throws RingwireError `WRITER_EXISTS` while another writer lives, `CLOSED` when the ring was closed,
   * `CORRUPT_CHANNEL`, `STORAGE_NOT_FOUND`, `COULD_NOT_ACCESS_STORAGE` and the errors of the header
   */
  static resume(root: string, channelId: bigint | number, options?: RingResumeOptions): RingWriter {
    return resumeRing(root, channelId, options, (parts) => new RingWriter(parts).#takeOver());
  }

  /** Resumes the ring, or creates it if it does not exist. @throws like {@link create} and {@link resume} */
  static open(root: string, options: RingOptions): RingWriter {
    try {
      return RingWriter.create(root, options);
    } catch (error) {
      if (!(error instanceof RingwireError) || error.code !== 'STORAGE_ALREADY_EXISTS') throw error;
    }
    const { backend, clock, doorbell } = options;
    return RingWriter.resume(root, options.channelId, {
      ...(backend === undefined ? {} : { backend }),
      ...(clock === undefined ? {} : { clock }),
      ...(doorbell === undefined ? {} : { doorbell }),
    });
  }

  private constructor({ file, mapping, doorbell, clock, tail }: RingWriterParts) {
    const { capacity } = file.header;
    const { memory } = mapping;
    const words = new Int32Array(memory, 0, RING_DATA_OFFSET / 4);
    this.header = file.header;
    this.path = file.path;
    this.buffer = Buffer.from(memory, RING_DATA_OFFSET, capacity);
    this.spaceAvailable = new Doorbell(memory, WRITER_ASLEEP_OFFSET, WRITER_BELL_OFFSET);
    this.#headerI32 = words;
    this.#i32 = new Int32Array(memory, RING_DATA_OFFSET, capacity / 4);
    this.#sources = new SourceViews(
      this.buffer,
      new BigInt64Array(memory, RING_DATA_OFFSET, capacity / RING_WORD),
    );
    this.#admission = new RingAdmission(words, file.fd, file.header, clock);
    this.#bell = doorbell ? new Doorbell(memory, READERS_ASLEEP_OFFSET, READERS_BELL_OFFSET) : null;
    this.#mapping = mapping;
    this.#file = file;
    this.#maxLength = file.header.maxMessageLength;
    this.#capacity = capacity / RING_WORD;
    this.#longestBatch = ringBatchLimit(capacity) / RING_WORD;
    this.#waits = file.header.policy === 'back-pressure';
    this.#at = (tail.position % capacity) / RING_WORD;
    this.#base = tail.position / RING_WORD - this.#at;
    this.#sequence = tail.sequence | 0;
    this.#checkpointSequence = tail.sequence;
  }

  get available(): number {
    if (this.#closed) return 0;
    const largest = ringRecordSize(this.#maxLength);
    if (!this.#waits) return largest;
    const free = (this.#admission.free - this.#base - this.#at - 1) * RING_WORD;
    return Math.max(0, Math.min(largest, free));
  }

  get writeOffset(): number {
    return (this.#base + this.#at) * RING_WORD;
  }

  /** Number of writer takeovers; 0 for the first writer. */
  get epoch(): number {
    return this.#epoch;
  }

  /** Sequence number of the next record: the number of records published so far. */
  get sequence(): number {
    return this.#wholeSequence();
  }

  /** The readers that have a slot, and their positions. */
  get readers(): RegisteredReader[] {
    return this.#closed ? [] : this.#admission.slots.list();
  }

  write(data: Uint8Array, length: number = data.length): number {
    const taken = this.tryWrite(data, length);
    return taken > 0 ? taken : this.#fail(taken, length);
  }

  tryWrite(data: Uint8Array, length: number = data.length): number {
    const at = this.#at;
    const next = at + ((length + 15) >>> 3);
    const sources = this.#sources;
    if (
      next >= this.#limit ||
      length > this.#maxLength ||
      length <= 0 ||
      length !== sources.knownLength(data, 0)
    ) {
      return this.#tryWriteSlowly(data, length);
    }
    sources.copyKnown(data, length, at + 1, 0);
    return this.#publish(at, next, length);
  }

  tryClaim(length: number): number {
    const size = (length + 15) >>> 3;
    let start = this.#at;
    let padding = 0;
    let limit = this.#limit;
    if (start + size >= limit || length > this.#maxLength || length >>> 0 !== length) {
      padding = this.#prepare(wholeNumber('length', length, 0xffff_ffff)) || this.#reserve(size);
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
    return this.#publishUnit(this.#claimPadding, start, length === 0 ? HEARTBEAT_MARK : length);
  }

  abort(): void {
    if (this.#claimLength < 0) throw noClaim();
    this.#claimLength = -1;
    this.#setLimit();
  }

  writeBatch(records: readonly Uint8Array[]): number {
    const taken = this.tryWriteBatch(records);
    return taken >= 0 ? taken : this.#fail(taken, records[0]?.length ?? 0);
  }

  /**
   * Returns a negative {@link WriteResult} instead of throwing for back pressure and a closed writer.
   * @throws RingwireError `MAX_RECORD_LENGTH_EXCEEDED`, `CLAIM_PENDING`, `INVALID_ARGUMENT`, and `CHANNEL_FULL` when
   * the batch is larger than a quarter of the ring
   */
  tryWriteBatch(records: readonly Uint8Array[]): number {
    const words = this.#sources.knownWords(records, 1, this.#maxLength);
    const next = this.#at + words;
    const isSimple = words > 0 && words <= this.#longestBatch && next < this.#limit;
    return isSimple ? this.#publishKnown(records, next) : this.#tryBatchSlowly(records);
  }

  #publishKnown(records: readonly Uint8Array[], next: number): number {
    const halves = this.#i32;
    const sources = this.#sources;
    const first = this.#at;
    const sequence = this.#sequence;
    const firstLength = (records[0] as Uint8Array).length;
    const count = records.length;
    let at = first;
    for (let i = 0; i < count; i++) {
      const record = records[i] as Uint8Array;
      const { length } = record;
      sources.copyKnown(record, length, at + 1, i);
      halves[(at << 1) + 1] = (sequence + i) | 0;
      if (i > 0) halves[at << 1] = length;
      at += (length + 15) >>> 3;
    }
    halves[next << 1] = EMPTY;
    Atomics.store(halves, first << 1, firstLength);
    this.#sequence = (sequence + count) | 0;
    this.#at = next;
    if (this.#bell !== null) this.#bell.ring();
    return (next - first) * RING_WORD;
  }

  #tryBatchSlowly(records: readonly Uint8Array[]): number {
    const count = records.length;
    const unready = this.#prepare(0);
    if (unready < 0) return unready;
    const first = this.#at;
    const taken = this.#batchSize(records);
    if (count === 0) return 0;
    const refused = this.#admit(this.#base + first + taken + 1);
    if (refused < 0) return refused;
    const halves = this.#i32;
    const sources = this.#sources;
    const capacity = this.#capacity;
    let at = first;
    let sequence = this.#sequence;
    let firstWord = EMPTY;
    for (let i = 0; i < count; i++) {
      const record = records[i] as Uint8Array;
      const { length } = record;
      const size = (length + 15) >>> 3;
      if (at + size > capacity) {
        halves[(at << 1) + 1] = sequence;
        if (firstWord === EMPTY) firstWord = PADDING;
        else halves[at << 1] = PADDING;
        at = 0;
        this.#base += capacity;
      }
      sources.copy(record, at + 1, i);
      halves[(at << 1) + 1] = sequence;
      const word = length === 0 ? HEARTBEAT_MARK : length;
      if (firstWord === EMPTY) firstWord = word;
      else halves[at << 1] = word;
      if (length > 0) sequence = (sequence + 1) | 0;
      at += size;
    }
    if (at === capacity) {
      at = 0;
      this.#base += capacity;
    }
    halves[at << 1] = EMPTY;
    Atomics.store(halves, first << 1, firstWord);
    this.#sequence = sequence;
    this.#at = at;
    this.#setLimit();
    if (this.#bell !== null) this.#bell.ring();
    return taken * RING_WORD;
  }

  heartbeat(): number {
    const taken = this.tryWrite(NO_BYTES);
    return taken > 0 ? taken : this.#fail(taken, 0);
  }

  flush(): void {
    const position = this.#refuseClosed();
    for (const [offset, length] of this.#changed(position)) this.#mapping.flush(offset, length);
    this.#flushed = position;
  }

  async flushAsync(): Promise<void> {
    const position = this.#refuseClosed();
    // All are started at once: a close that comes meanwhile leaves the mapping to the calls that have begun.
    await Promise.all(
      this.#changed(position).map(([offset, length]) => this.#mapping.flushAsync(offset, length)),
    );
    if (position > this.#flushed) this.#flushed = position;
  }

  close(): void {
    if (this.#closed) return;
    if (this.#claimLength >= 0) this.abort();
    this.#publishMark(CLOSE_MARK);
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

  [Symbol.dispose](): void {
    this.close();
  }

  #publish(at: number, next: number, length: number): number {
    const halves = this.#i32;
    halves[next << 1] = EMPTY;
    halves[(at << 1) + 1] = this.#sequence;
    Atomics.store(halves, at << 1, length);
    this.#sequence = (this.#sequence + 1) | 0;
    this.#at = next;
    if (this.#bell !== null) this.#bell.ring();
    return (next - at) << 3;
  }

  /** Slow path: heartbeats, padding, the end of the data area, a new intent, prefixes, wrong arguments, refusals. */
  #tryWriteSlowly(data: Uint8Array, length: number): number {
    if (!ArrayBuffer.isView(data) || data.BYTES_PER_ELEMENT !== 1) {
      throw new RingwireError('INVALID_ARGUMENT', 'data must be a Uint8Array or Buffer');
    }
    wholeNumber('length', length, data.length);
    const padding = this.#prepare(length) || this.#reserve((length + 15) >>> 3);
    if (padding < 0) return padding;
    const start = padding > 0 ? 0 : this.#at;
    if (length === data.length) this.#sources.copy(data, start + 1, 0);
    else this.buffer.set(data.subarray(0, length), (start + 1) * RING_WORD);
    return this.#publishUnit(padding, start, length === 0 ? HEARTBEAT_MARK : length);
  }

  /** Makes room for a record of `size` words. @returns words of padding before it, or a negative result */
  #reserve(size: number): number {
    const left = this.#capacity - this.#at;
    const padding = size > left ? left : 0;
    const refused = this.#admit(this.#base + this.#at + padding + size + 1);
    return refused < 0 ? refused : padding;
  }

  /** Makes sure that the writer may store to everything before `end`, a position in words. */
  #admit(end: number): number {
    const admission = this.#admission;
    if (admission.needsIntent(end)) {
      this.#checkpointSequence = this.#wholeSequence();
      admission.claim(end, this.#base + this.#at, this.#checkpointSequence, this.#epoch);
    }
    return admission.admit(end);
  }

  /** Publishes padding, if any, and the record at word index `start` after it as one unit. */
  #publishUnit(padding: number, start: number, word: number): number {
    const halves = this.#i32;
    const at = this.#at;
    const size = word > 0 ? (word + 15) >>> 3 : 1;
    const next = start + size;
    const wraps = next === this.#capacity;
    halves[wraps ? 0 : next << 1] = EMPTY;
    halves[(start << 1) + 1] = this.#sequence;
    if (padding > 0) {
      halves[start << 1] = word;
      halves[(at << 1) + 1] = this.#sequence;
      Atomics.store(halves, at << 1, PADDING);
    } else Atomics.store(halves, at << 1, word);
    if (word > 0) this.#sequence = (this.#sequence + 1) | 0;
    if (padding > 0 || wraps) this.#base += this.#capacity;
    this.#at = wraps ? 0 : next;
    this.#setLimit();
    if (this.#bell !== null) this.#bell.ring();
    return (padding + size) * RING_WORD;
  }

  /** Publishes a mark. The word after the last unit is EMPTY and claimed, so the mark needs no extra space. */
  #publishMark(mark: number): void {
    const halves = this.#i32;
    halves[(this.#at << 1) + 1] = this.#sequence;
    Atomics.store(halves, this.#at << 1, mark);
    this.#bell?.ring();
  }

  /** Whether a record may be published now. @returns 0, or a negative result */
  #prepare(length: number): number {
    if (this.#closed) return WriteResult.Closed;
    if (this.#claimLength >= 0) {
      throw new RingwireError('CLAIM_PENDING', 'a claim is open: commit() or abort() it first');
    }
    if (length > this.#maxLength) return WriteResult.RecordTooLong;
    return this.#epochUnmarked ? this.#markEpoch() : 0;
  }

  /** Publishes the mark of a takeover before the first record. @returns 0, or a negative result */
  #markEpoch(): number {
    const refused = this.#admit(this.#base + this.#at + 2);
    if (refused < 0) return refused;
    this.#epochUnmarked = false;
    this.#publishUnit(0, this.#at, EPOCH_MARK);
    return 0;
  }

  #takeOver(): this {
    this.#admission.checkpoints.resumeWriting();
    this.#epoch = Atomics.add(this.#headerI32, EPOCH_OFFSET / 4, 1) + 1;
    this.#epochUnmarked = true;
    this.#markEpoch();
    return this;
  }

  #wholeSequence(): number {
    return this.#checkpointSequence + ((this.#sequence - this.#checkpointSequence) >>> 0);
  }

  #setLimit(): void {
    this.#limit = this.#closed ? NOTHING : Math.min(this.#capacity, this.#admission.allowed - this.#base);
  }

  #batchSize(records: readonly Uint8Array[]): number {
    const { path } = this;
    return batchSize(records, this.#at, {
      path,
      capacity: this.#capacity,
      longestBatch: this.#longestBatch,
      maxLength: this.#maxLength,
    });
  }

  #fail(result: number, length: number): never {
    const { path } = this;
    if (result === WriteResult.Closed) throw closedWriter(path);
    if (result === WriteResult.RecordTooLong) throw recordTooLong(path, length, this.#maxLength);
    throw backPressured(path, this.#admission.slots.list(), result === WriteResult.ReaderStuck);
  }

  /** The byte ranges of the file that changed since the last flush, and the header. */
  #changed(position: number): FileRange[] {
    return changedRanges(this.#flushed, position, this.header.capacity);
  }

  #refuseClosed(): number {
    if (this.#closed) throw closedWriter(this.path);
    return this.writeOffset;
  }

  #release(): void {
    this.#closed = true;
    this.#claimLength = -1;
    this.#limit = NOTHING;
    this.#sources.clear();
    this.#bell?.close();
    this.spaceAvailable.close();
    // A mapping keeps the open file, and with it the lock, until it is collected.
    unlock(this.#file.fd, WRITER_LOCK);
    this.#mapping.close(() => fs.closeSync(this.#file.fd));
  }
}

function noClaim(): RingwireError {
  return new RingwireError('NO_CLAIM', 'no claim is open: call tryClaim() first');
}
