/**
 * The writer of a ring channel.
 *
 * Order of stores for one unit: intent (once per sixteenth of the ring), payload, EMPTY behind, commit word. See
 * ring-record-layout.ts and docs/format-ring.md for the invariants.
 *
 * INV-RING-03: nothing is stored in the data area at or behind the intent.
 * INV-RING-04: with back pressure, nothing is stored at or behind the position of an active reader plus one capacity.
 */
import fs from 'node:fs';
import {
  type Clock,
  couldNotAccess,
  Doorbell,
  type Mapping,
  RingwireError,
  SourceViews,
  SplitCounter,
  selectBackend,
  tryLock,
  unlock,
} from '../../platform/index.js';
import { wholeNumber } from '../core/arguments.js';
import { WriteResult, type Writer } from '../core/writer.js';
import { channelPaths } from '../files/channel-path.js';
import { findTail, type RingTail } from './find-tail.js';
import { ReaderSlots, type RegisteredReader } from './reader-slots.js';
import { RingCheckpoints } from './ring-checkpoints.js';
import { backPressured, closedRing, closedWriter, recordTooLong, writerExists } from './ring-errors.js';
import { createRingFile, openRingFile, type RingFile, writeOwner } from './ring-file.js';
import {
  EPOCH_OFFSET,
  INTENT_OFFSET,
  intentStep,
  READERS_ASLEEP_OFFSET,
  READERS_BELL_OFFSET,
  RING_DATA_OFFSET,
  type RingHeader,
  ringBatchLimit,
  ringFileLength,
  WRITER_ASLEEP_OFFSET,
  WRITER_BELL_OFFSET,
  WRITER_LOCK,
} from './ring-header-layout.js';
import {
  type RingOptions,
  type RingResumeOptions,
  resolveResumeOptions,
  resolveRingOptions,
} from './ring-options.js';
import {
  CLOSE_MARK,
  EMPTY,
  EPOCH_MARK,
  HEARTBEAT_MARK,
  PADDING,
  RING_WORD,
  ringRecordSize,
} from './ring-record-layout.js';
import { StuckReaders } from './stuck-readers.js';

/** A word index that no record reaches: refuses everything while the writer is closed or a claim is open. */
const NOTHING = -1;
const NO_BYTES = new Uint8Array(0);

interface RingWriterParts {
  readonly file: RingFile;
  readonly mapping: Mapping;
  readonly doorbell: boolean;
  readonly clock: Clock;
  readonly tail: RingTail;
}

export class RingWriter implements Writer {
  readonly header: RingHeader;
  readonly path: string;
  readonly buffer: Buffer;
  /** Rung by readers that make room, for a back-pressured writer that sleeps. */
  readonly spaceAvailable: Doorbell;
  /** The header, and the data area. */
  readonly #headerI32: Int32Array;
  readonly #i32: Int32Array;
  readonly #sources: SourceViews;
  readonly #intent: SplitCounter;
  readonly #checkpoints: RingCheckpoints;
  readonly #slots: ReaderSlots;
  readonly #stuck: StuckReaders;
  readonly #bell: Doorbell | null;
  readonly #mapping: Mapping;
  readonly #file: RingFile;
  readonly #maxLength: number;
  /** Capacity, the step of the intent and the longest batch, in words. */
  readonly #capacity: number;
  readonly #step: number;
  readonly #longestBatch: number;
  readonly #waits: boolean;
  /** Word index in this lap of the next record; below the capacity. */
  #at: number;
  /** Position of this lap's beginning, in words. */
  #base: number;
  /** Word index in this lap that a record must end in front of to need no second thought. */
  #limit = 0;
  /** The intent, in words: everything in front of it may be stored to. */
  #claimed: number;
  /** Position, in words, that the readers allow; at most the intent. */
  #allowed = 0;
  /** Low 32 bits of the next record's sequence number, and the whole number at the last checkpoint. */
  #sequence: number;
  #checkpointSequence: number;
  /** The open claim: bytes or -1, word index, words of padding in front. */
  #claimLength = -1;
  #claimStart = 0;
  #claimPadding = 0;
  /** The limit as it was, for a claim that needs no second thought; {@link NOTHING} for others. */
  #claimLimit = NOTHING;
  #epoch = 0;
  #epochUntold = false;
  #closed = false;
  #flushed: number;

  /**
   * Creates the ring `options.channelId` below the folder `root` and becomes its one writer.
   * @throws RingwireError `STORAGE_ALREADY_EXISTS`, `STORAGE_NOT_READY`, `NO_SPACE`, `COULD_NOT_ACCESS_STORAGE`,
   * `MEMORY_MAPPING_FAILED`, `INVALID_ARGUMENT`, `INVALID_MAX_MESSAGE_LENGTH`, `INVALID_TICK_UNIT`; nothing is left
   * behind then
   */
  static create(root: string, options: RingOptions): RingWriter {
    const resolved = resolveRingOptions(options);
    const paths = channelPaths(root, resolved.header.channelId);
    const length = ringFileLength(resolved.header.capacity);
    const backend = selectBackend(length, resolved.backend);
    const file = createRingFile(paths, resolved.header, resolved.fileMode);
    try {
      const mapping = backend.map(file.fd, length, true);
      if (resolved.prefault) mapping.prefault();
      const tail = { position: 0, sequence: 0, closed: false };
      return new RingWriter({ ...resolved, file, mapping, tail });
    } catch (error) {
      fs.rmSync(paths.file, { force: true });
      fs.closeSync(file.fd);
      throw error instanceof RingwireError ? error : couldNotAccess(paths.file, error);
    }
  }

  /**
   * Goes on with a ring whose writer died or {@link detach}ed, right behind the last record that was published.
   * Readers go on undisturbed and see a new epoch.
   * @throws RingwireError `WRITER_EXISTS` while another writer lives, `CLOSED` when the ring was closed,
   * `CORRUPT_CHANNEL`, `STORAGE_NOT_FOUND`, `COULD_NOT_ACCESS_STORAGE` and the errors of the header
   */
  static resume(root: string, channelId: bigint | number, options?: RingResumeOptions): RingWriter {
    const resolved = resolveResumeOptions(options);
    const paths = channelPaths(root, channelId);
    const file = openRingFile(paths, 'write');
    let mapping: Mapping | undefined;
    try {
      if (!tryLock(file.fd, file.path, WRITER_LOCK)) throw writerExists(file.path);
      const length = ringFileLength(file.header.capacity);
      mapping = selectBackend(length, resolved.backend).map(file.fd, length, true);
      const halves = new Int32Array(mapping.memory, RING_DATA_OFFSET);
      const checkpoints = new RingCheckpoints(new Int32Array(mapping.memory, 0, RING_DATA_OFFSET / 4));
      const tail = findTail(halves, checkpoints, file.header, file.path);
      if (tail.closed) throw closedRing(file.path);
      writeOwner(file.fd);
      return new RingWriter({ ...resolved, file, mapping, tail }).#takeOver();
    } catch (error) {
      unlock(file.fd, WRITER_LOCK);
      mapping?.close();
      fs.closeSync(file.fd);
      throw error instanceof RingwireError ? error : couldNotAccess(file.path, error);
    }
  }

  /** Resumes the ring, or creates it where there is none. @throws like {@link create} and {@link resume} */
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
    this.#intent = new SplitCounter(words, INTENT_OFFSET);
    this.#checkpoints = new RingCheckpoints(words);
    this.#slots = new ReaderSlots(words, file.fd);
    this.#stuck = new StuckReaders(file.header, this.#slots, clock);
    this.#bell = doorbell ? new Doorbell(memory, READERS_ASLEEP_OFFSET, READERS_BELL_OFFSET) : null;
    this.#mapping = mapping;
    this.#file = file;
    this.#maxLength = file.header.maxMessageLength;
    this.#capacity = capacity / RING_WORD;
    this.#step = intentStep(capacity) / RING_WORD;
    this.#longestBatch = ringBatchLimit(capacity) / RING_WORD;
    this.#waits = file.header.policy === 'back-pressure';
    this.#at = (tail.position % capacity) / RING_WORD;
    this.#base = tail.position / RING_WORD - this.#at;
    this.#claimed = this.#intent.load();
    this.#sequence = tail.sequence | 0;
    this.#checkpointSequence = tail.sequence;
    this.#flushed = tail.position;
  }

  get available(): number {
    if (this.#closed) return 0;
    const largest = ringRecordSize(this.#maxLength);
    if (!this.#waits) return largest;
    const free = (this.#slots.slowest() + this.#capacity - this.#base - this.#at - 1) * RING_WORD;
    return Math.max(0, Math.min(largest, free));
  }

  get writeOffset(): number {
    return (this.#base + this.#at) * RING_WORD;
  }

  /** How often the ring got a new writer; the first has 0. */
  get epoch(): number {
    return this.#epoch;
  }

  /** Sequence number of the next record: how many records this ring has taken so far. */
  get sequence(): number {
    return this.#wholeSequence();
  }

  /** The readers that are registered, and how far they are. */
  get readers(): RegisteredReader[] {
    return this.#closed ? [] : this.#slots.list();
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
      return this.#tryWriteWithCare(data, length);
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
   * The same without an error for back pressure and a closed writer: a negative {@link WriteResult}.
   * @throws RingwireError `MAX_RECORD_LENGTH_EXCEEDED`, `CLAIM_PENDING`, `INVALID_ARGUMENT`, and `CHANNEL_FULL` when
   * the batch is larger than a quarter of the ring
   */
  tryWriteBatch(records: readonly Uint8Array[]): number {
    const words = this.#sources.knownWords(records, 1, this.#maxLength);
    const next = this.#at + words;
    const needsNoThought = words > 0 && words <= this.#longestBatch && next < this.#limit;
    return needsNoThought ? this.#publishKnown(records, next) : this.#tryBatchWithCare(records);
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

  #tryBatchWithCare(records: readonly Uint8Array[]): number {
    const count = records.length;
    const unready = this.#prepare(0);
    if (unready < 0) return unready;
    const first = this.#at;
    const taken = this.#checkBatch(records);
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

  /** Lets go of the ring without closing it: readers wait, and a successor may {@link resume}. */
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

  /** Heartbeats, padding, the end of the data area, the edge of the intent, a prefix, wrong arguments, refusals. */
  #tryWriteWithCare(data: Uint8Array, length: number): number {
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

  /** Makes room for a record of so many words. @returns words of padding in front of it, or a negative result */
  #reserve(size: number): number {
    const left = this.#capacity - this.#at;
    const padding = size > left ? left : 0;
    const refused = this.#admit(this.#base + this.#at + padding + size + 1);
    return refused < 0 ? refused : padding;
  }

  /** Makes sure that everything in front of `end`, a position in words, may be stored to. */
  #admit(end: number): number {
    if (end > this.#claimed) this.#claim(end);
    if (end > this.#allowed) {
      this.#allowed = this.#waits
        ? Math.min(this.#slots.slowest() + this.#capacity, this.#claimed)
        : this.#claimed;
      if (end > this.#allowed) return this.#backPressured(end);
    }
    return 0;
  }

  /** Says, a sixteenth of the ring ahead, what will be overwritten. */
  #claim(end: number): void {
    this.#checkpointSequence = this.#wholeSequence();
    this.#checkpoints.enter(this.#base + this.#at, this.#checkpointSequence, this.#epoch);
    this.#claimed = end + this.#step;
    this.#intent.store(this.#claimed);
    // On weakly ordered CPUs the load keeps later stores behind the intent.
    this.#intent.upperBound();
  }

  #backPressured(end: number): number {
    const verdict = this.#stuck.examine(end - this.#capacity);
    if (verdict !== 0) return verdict;
    this.#allowed = Math.min(this.#slots.slowest() + this.#capacity, this.#claimed);
    return end > this.#allowed ? WriteResult.BackPressured : 0;
  }

  /** Publishes padding, if any, and what was laid out behind it at word index `start` as one unit. */
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

  /** The word behind the last unit is EMPTY and claimed, so the end needs no room of its own. */
  #publishMark(mark: number): void {
    const halves = this.#i32;
    halves[(this.#at << 1) + 1] = this.#sequence;
    Atomics.store(halves, this.#at << 1, mark);
    this.#bell?.ring();
  }

  /** Whether the next record may be made at all. @returns 0, or why not */
  #prepare(length: number): number {
    if (this.#closed) return WriteResult.Closed;
    if (this.#claimLength >= 0) {
      throw new RingwireError('CLAIM_PENDING', 'a claim is open: commit() or abort() it first');
    }
    if (length > this.#maxLength) return WriteResult.RecordTooLong;
    return this.#epochUntold ? this.#tellEpoch() : 0;
  }

  /** Marks, in front of the first record, that this writer took over. @returns 0, or a negative result */
  #tellEpoch(): number {
    const refused = this.#admit(this.#base + this.#at + 2);
    if (refused < 0) return refused;
    this.#epochUntold = false;
    this.#publishUnit(0, this.#at, EPOCH_MARK);
    return 0;
  }

  #takeOver(): this {
    this.#checkpoints.resumeWriting();
    this.#epoch = Atomics.add(this.#headerI32, EPOCH_OFFSET / 4, 1) + 1;
    this.#epochUntold = true;
    this.#tellEpoch();
    return this;
  }

  #wholeSequence(): number {
    return this.#checkpointSequence + ((this.#sequence - this.#checkpointSequence) >>> 0);
  }

  #setLimit(): void {
    this.#limit = this.#closed ? NOTHING : Math.min(this.#capacity, this.#allowed - this.#base);
  }

  /** The words behind a batch, padding included. @throws when it can never be taken */
  #checkBatch(records: readonly Uint8Array[]): number {
    const capacity = this.#capacity;
    let at = this.#at;
    let padding = 0;
    let taken = 0;
    for (let i = 0; i < records.length; i++) {
      const record = records[i] as Uint8Array;
      if (record?.BYTES_PER_ELEMENT !== 1) {
        throw new RingwireError(
          'INVALID_ARGUMENT',
          `record ${i} of the batch must be a Uint8Array or Buffer`,
        );
      }
      if (record.length > this.#maxLength) this.#fail(WriteResult.RecordTooLong, record.length);
      const size = (record.length + 15) >>> 3;
      if (at + size > capacity) {
        padding = capacity - at;
        at = 0;
      }
      taken += size;
      at = at + size === capacity ? 0 : at + size;
    }
    if (taken <= this.#longestBatch) return taken + padding;
    const limit = this.#longestBatch * RING_WORD;
    throw new RingwireError(
      'CHANNEL_FULL',
      `a batch of ${taken * RING_WORD} bytes does not fit: ${this.path} takes ${limit} bytes at once; split the batch`,
      { path: this.path, required: taken * RING_WORD, left: limit },
    );
  }

  #fail(result: number, length: number): never {
    const { path } = this;
    if (result === WriteResult.Closed) throw closedWriter(path);
    if (result === WriteResult.RecordTooLong) throw recordTooLong(path, length, this.#maxLength);
    throw backPressured(path, this.#slots.list(), result === WriteResult.ReaderStuck);
  }

  /** The byte ranges of the file that changed since the last flush, and the header. */
  #changed(position: number): [offset: number, length: number][] {
    const { capacity } = this.header;
    const from = this.#flushed % capacity;
    const to = position % capacity;
    const header: [number, number] = [0, RING_DATA_OFFSET];
    if (position - this.#flushed >= capacity || to + RING_WORD > capacity) {
      return [[RING_DATA_OFFSET, capacity], header];
    }
    if (from <= to) return [[RING_DATA_OFFSET + from, to - from + RING_WORD], header];
    return [[RING_DATA_OFFSET + from, capacity - from], [RING_DATA_OFFSET, to + RING_WORD], header];
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
  return new RingwireError('NO_CLAIM', 'nothing is claimed: call tryClaim() first');
}
