/**
 * The reader of a ring channel.
 *
 * INV-RING-05: what is delivered was validated: after it was copied (or, in place, both before and after it was
 * looked at) the intent was still within one capacity of where it begins, or the reader's slot was still active.
 * INV-READ-01: lengths and positions from the ring are limited before every use; no content leads outside the
 * mapping or into an endless loop.
 */
import fs from 'node:fs';
import { Doorbell, isLocked, orderLoads, type RingwireError, SplitCounter } from '../../platform/index.js';
import { type Loss, LossCounter, type LossCounts } from '../core/losses.js';
import type { Reader, RecordHandler, RecordsOptions } from '../core/reader.js';
import { closedByWriter, closedReader, invalidPosition } from '../core/reader-errors.js';
import type { StartPosition, StreamPosition } from '../core/stream-position.js';
import { channelPaths, resolveRoot } from '../files/channel-path.js';
import { InactivityTimer } from '../io/inactivity-timer.js';
import { RecordCopier } from '../io/record-copier.js';
import { iterateRecords } from '../io/record-iteration.js';
import { type WaitOptions, waitForChannel } from '../io/wait-for-channel.js';
import { type ReaderRegistration, type ReaderSlot, takeReaderSlot } from './reader-registration.js';
import { RingCheckpoints } from './ring-checkpoints.js';
import { corruptRing, evicted } from './ring-errors.js';
import { openRingFile, type RingFile } from './ring-file.js';
import {
  EPOCH_OFFSET,
  INTENT_OFFSET,
  READERS_ASLEEP_OFFSET,
  READERS_BELL_OFFSET,
  type RingHeader,
  WRITER_ASLEEP_OFFSET,
  WRITER_BELL_OFFSET,
  WRITER_LOCK,
} from './ring-header-layout.js';
import { mapRing, type RingMapping } from './ring-mapping.js';
import {
  type ResolvedRingReaderOptions,
  type RingReaderOptions,
  resolveRingReaderOptions,
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
import { StartPositions } from './start-positions.js';

/** Records acquired at a time. */
const LONGEST_RUN = 64;
/** Bytes copied at a time, unless one record is longer. */
const COPY_LENGTH = 65_536;
/** Attempts to find a safe record before a poll answers that there is nothing. */
const MOST_ATTEMPTS = 8;

/** What stands at the reader's position. */
const Found = { Record: 0, Nothing: 1, End: 2 } as const;
type Found = (typeof Found)[keyof typeof Found];

export class RingReader implements Reader {
  readonly header: RingHeader;
  readonly path: string;
  readonly doorbell: Doorbell | null;
  /** Data area: word halves and bytes. */
  #i32: Int32Array;
  #buffer: Buffer;
  /** The private copy that handlers look at, or null when records are handed out in place. */
  readonly #copy: Buffer | null;
  readonly #copyHalves: Int32Array;
  readonly #headerI32: Int32Array;
  readonly #intent: SplitCounter;
  readonly #places: StartPositions;
  readonly #slot: ReaderRegistration | null;
  /** Where a reader that holds nobody shows how far it is. */
  readonly #observerSlot: ReaderRegistration | null;
  readonly #spaceAvailable: Doorbell | null;
  readonly #mappings: RingMapping['mappings'];
  readonly #file: RingFile;
  readonly #timeout: InactivityTimer;
  readonly #onLoss: ResolvedRingReaderOptions['onLoss'];
  readonly #maxLength: number;
  /** Capacity in bytes and in word halves. */
  readonly #capacity: number;
  readonly #end: number;
  /** Index into {@link #i32} of the next record, and the position of this lap's beginning in bytes. */
  #at = 0;
  #base = 0;
  /** Sequence number of the next record. */
  #sequence = 0;
  /** Records in the run that was acquired last. */
  #run = 0;
  /** Word halves that the poll under way may still walk over: a peer that is faster, or hostile, never keeps it. */
  #left = 0;
  #epoch = 0;
  #heartbeats = 0;
  #lapsInARow = 0;
  readonly #laps = new LossCounter();
  #final: RingwireError | null = null;
  #told = false;
  #closed = false;
  readonly #single = new RecordCopier();

  /**
   * Opens the ring `channelId` below the folder `root`. A reader of a back-pressure ring registers: from now on the
   * writer waits for it.
   * @throws RingwireError `STORAGE_NOT_FOUND`, `STORAGE_NOT_READY`, `COULD_NOT_ACCESS_STORAGE` (also without
   * permission to write, which a registered reader needs), `STORAGE_TRUNCATED`, `NO_READER_SLOT` when all reader slots are taken,
   * `INVALID_POSITION`, `MEMORY_MAPPING_FAILED`, `INVALID_ARGUMENT` and the errors of the header
   */
  static open(root: string, channelId: bigint | number, options?: RingReaderOptions): RingReader {
    const resolved = resolveRingReaderOptions(options);
    const file = openRingFile(channelPaths(root, channelId), 'write-if-allowed');
    let mapping: RingMapping | undefined;
    let taken: ReaderSlot | undefined;
    try {
      mapping = mapRing(file, { backend: resolved.backend, signals: file.writable });
      taken = takeReaderSlot(mapping.words, file, resolved);
      return new RingReader(file, mapping, taken, resolved);
    } catch (error) {
      taken?.slot?.leave();
      taken?.shown?.leave();
      for (const part of mapping?.mappings ?? []) part.close();
      fs.closeSync(file.fd);
      throw error;
    }
  }

  /**
   * Opens a ring that may not be there yet, looking for it again and again.
   * @throws RingwireError `STORAGE_NOT_FOUND` or `STORAGE_NOT_READY` when the time is over, the signal's reason when
   * it aborts, any other error of {@link open} at once
   */
  static waitFor(
    root: string,
    channelId: bigint | number,
    options: WaitOptions & RingReaderOptions = {},
  ): Promise<RingReader> {
    const { signal, timeoutMs, ...readerOptions } = options;
    const folder = resolveRoot(root);
    return waitForChannel(() => RingReader.open(folder, channelId, readerOptions), { signal, timeoutMs });
  }

  private constructor(
    file: RingFile,
    { words, halves, buffer, mappings }: RingMapping,
    { slot, shown }: ReaderSlot,
    options: ResolvedRingReaderOptions,
  ) {
    const { capacity, maxMessageLength, policy, stuckReader } = file.header;
    this.header = file.header;
    this.path = file.path;
    this.#file = file;
    this.#mappings = mappings;
    this.#headerI32 = words;
    this.#slot = slot;
    this.#observerSlot = shown;
    this.#i32 = halves;
    this.#buffer = buffer;
    this.#capacity = capacity;
    this.#end = capacity / 4;
    this.#maxLength = maxMessageLength;
    this.#intent = new SplitCounter(words, INTENT_OFFSET);
    this.#places = new StartPositions(new RingCheckpoints(words), this.#intent, capacity);
    this.#onLoss = options.onLoss;
    this.#timeout = new InactivityTimer(file.header, options.clock, options.timeout, () => this.writerAlive);
    const waitedFor = slot !== null && policy === 'back-pressure' && stuckReader !== 'evict';
    const copies = (options.delivery ?? (waitedFor ? 'in-place' : 'copy')) === 'copy';
    const copy = new ArrayBuffer(copies ? Math.max(COPY_LENGTH, ringRecordSize(maxMessageLength)) : 0);
    this.#copy = copies ? Buffer.from(copy) : null;
    this.#copyHalves = new Int32Array(copy);
    const bells = file.writable ? (words.buffer as ArrayBuffer) : null;
    this.doorbell = bells && new Doorbell(bells, READERS_ASLEEP_OFFSET, READERS_BELL_OFFSET);
    this.#spaceAvailable = bells && slot && new Doorbell(bells, WRITER_ASLEEP_OFFSET, WRITER_BELL_OFFSET);
    this.#startAt(options.from);
  }

  get position(): number {
    return this.#base + this.#at * 4;
  }

  /** Sequence number of the next record; the first record of a ring has 0. */
  get sequence(): number {
    return this.#sequence;
  }

  /** The epoch of the writer whose records are being read: how often the ring had got a new one. */
  get epoch(): number {
    return this.#epoch;
  }

  get heartbeats(): number {
    return this.#heartbeats;
  }

  /** What was lost so far. */
  get losses(): LossCounts {
    return this.#laps;
  }

  get endReason(): RingwireError | null {
    return this.#final ?? this.#timeout.expired;
  }

  /** What the writer's lock says: true when a writer lives, false when none does, null when it cannot be told. */
  get writerAlive(): boolean | null {
    return this.#closed ? null : isLocked(this.#file.fd, WRITER_LOCK);
  }

  poll(handler: RecordHandler, limit: number = Number.POSITIVE_INFINITY): number {
    if (this.#closed) throw closedReader(this.path);
    const heartbeats = this.#heartbeats;
    let count = 0;
    let attempts = 0;
    this.#left = this.#end;
    while (count < limit && this.#left > 0) {
      let end = this.#acquireRun(limit - count);
      if (end === this.#at) {
        if (this.#peek() !== Found.Record) break;
        end = this.#acquireRun(limit - count);
      }
      const handed = this.#handOut(handler, end);
      count += Math.abs(handed);
      // The handler moved or closed this reader; or the records were overwritten under it, and it goes on elsewhere.
      if (handed < 0 || (handed === 0 && ++attempts > MOST_ATTEMPTS)) break;
    }
    if (count > 0 || this.#heartbeats !== heartbeats) this.#timeout.reset();
    else this.#onNothing();
    return count;
  }

  tryRead(): Buffer | null {
    return this.#single.from(this);
  }

  records(options?: RecordsOptions): AsyncIterableIterator<Buffer> {
    return iterateRecords(this, options);
  }

  moveTo(position: number): number {
    if (this.#closed) throw closedReader(this.path);
    if (!Number.isSafeInteger(position) || position < 0 || position % RING_WORD !== 0)
      throw this.#invalidPosition('Unaligned', position);
    const before = { position: this.position, sequence: this.#sequence };
    const from = this.#places.before(position);
    if (from === null) throw this.#invalidPosition('Unavailable', position);
    this.#seek(from);
    this.#register();
    const end = this.#final;
    this.#final = null;
    this.#skipUntil(position);
    if (this.position === position) {
      this.#told = false;
      return position;
    }
    const reason = this.position > position ? 'Unaligned' : 'Unavailable';
    this.#seek(before);
    this.#final = end;
    throw this.#invalidPosition(reason, position);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#slot?.leave();
    this.#observerSlot?.leave();
    this.#spaceAvailable?.ringNow();
    this.#spaceAvailable?.close();
    this.doorbell?.close();
    this.#i32 = new Int32Array(0);
    this.#buffer = Buffer.alloc(0);
    this.#single.clear();
    for (const mapping of this.#mappings) mapping.close();
    fs.closeSync(this.#file.fd);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /**
   * Walks over the published records from here with plain loads and then loads the commit word of the last one with
   * acquire: each step depends on the word before, so this one load orders all the payloads behind it. Sets
   * {@link #run}. @returns the index behind the run
   */
  #acquireRun(limit: number): number {
    const halves = this.#i32;
    const end = this.#end;
    const maxLength = this.#maxLength;
    const start = this.#at;
    const stop = this.#copy === null ? end : start + (this.#copy.length >> 2);
    const longest = Math.min(limit, LONGEST_RUN);
    let sequence = this.#sequence | 0;
    let at = start;
    let last = -1;
    let run = 0;
    while (run < longest && at < end) {
      const length = halves[at] as number;
      if (length <= 0 || length > maxLength || halves[at + 1] !== sequence) break;
      const next = at + (((length + 15) >>> 3) << 1);
      if (next > end || next > stop) break;
      last = at;
      at = next;
      sequence = (sequence + 1) | 0;
      run++;
    }
    if (last >= 0) Atomics.load(halves, last);
    this.#run = run;
    return at;
  }

  /** Hands out the run that ends at `end`. @returns records handed out; negative when the poll must end */
  #handOut(handler: RecordHandler, end: number): number {
    if (end === this.#at) return 0;
    const copy = this.#copy;
    const start = this.#at;
    this.#left -= end - start;
    if (copy !== null) this.#buffer.copy(copy, 0, start * 4, end * 4);
    if (!this.#isSafe()) {
      this.#overtaken();
      return 0;
    }
    this.#lapsInARow = 0;
    try {
      return copy !== null
        ? this.#handCopies(handler, copy, start, end)
        : this.#handInPlace(handler, start, end);
    } finally {
      this.#publishPosition();
    }
  }

  #handCopies(handler: RecordHandler, copy: Buffer, start: number, end: number): number {
    const halves = this.#copyHalves;
    const maxLength = this.#maxLength;
    const base = this.#base;
    const run = this.#run;
    let at = start;
    for (let count = 1; count <= run; count++) {
      const length = halves[at - start] as number;
      const next = at + (((length + 15) >>> 3) << 1);
      // Only a peer that breaks the protocol changes a length between the walk and the copy.
      if (length <= 0 || length > maxLength || next > end) return 1 - count;
      this.#at = next;
      this.#sequence++;
      handler(copy, (at - start) * 4 + RING_WORD, length, base + at * 4);
      if (this.#at !== next || this.#closed) return -count;
      at = next;
    }
    return run;
  }

  #handInPlace(handler: RecordHandler, start: number, end: number): number {
    const halves = this.#i32;
    const buffer = this.#buffer;
    const maxLength = this.#maxLength;
    const base = this.#base;
    const run = this.#run;
    let at = start;
    for (let count = 1; count <= run; count++) {
      const length = halves[at] as number;
      const next = at + (((length + 15) >>> 3) << 1);
      if (length <= 0 || length > maxLength || next > end) {
        this.#doubt(base + start * 4, count - 1);
        return 1 - count;
      }
      this.#at = next;
      this.#sequence++;
      handler(buffer, at * 4 + RING_WORD, length, base + at * 4);
      if (this.#at !== next || this.#closed) return -count;
      at = next;
    }
    this.#doubt(base + start * 4, run);
    return run;
  }

  /** Whether nothing from `position` on has been, or is being, overwritten. */
  #isSafe(position: number = this.position): boolean {
    orderLoads();
    if (this.#slot !== null) return this.#slot.active;
    return this.#intent.upperBound() * RING_WORD <= position + this.#capacity;
  }

  /**
   * The writer went past this reader: goes on at the oldest record that is safe, and tells what was lost. A reader
   * that is overtaken again before it got anything goes on a little further in front each time.
   * @returns whether it found a place to go on
   */
  #overtaken(): boolean {
    if (this.#slot !== null) {
      this.#final = evicted(this.path, this.position);
      return false;
    }
    const from = this.position;
    for (let i = 0; i < MOST_ATTEMPTS; i++) {
      if (this.#places.floor <= from) return true;
      const next = this.#places.behind({ position: from, sequence: this.#sequence }, this.#lapsInARow);
      if (next === null) continue;
      const records = next.sequence - this.#sequence;
      this.#lapsInARow++;
      this.#seek(next);
      this.#epoch = Math.max(this.#epoch, next.epoch);
      this.#tellLap({ records, bytes: next.position - from, possiblyTorn: 0, from, to: next.position });
      return !this.#closed;
    }
    return false;
  }

  /** Records that were handed out in place from `start` on may have been overwritten while they were looked at. */
  #doubt(start: number, possiblyTorn: number): void {
    if (this.#isSafe(start)) return;
    const to = this.position;
    this.#tellLap({ records: 0, bytes: 0, possiblyTorn, from: to, to });
    if (this.#slot !== null) this.#overtaken();
  }

  #tellLap(lap: Loss): void {
    this.#laps.add(lap);
    this.#observerSlot?.addLap(lap.records);
    this.#onLoss?.(lap);
  }

  /** Looks at the word at the reader's position with care, passing over marks. */
  #peek(): Found {
    if (this.#final !== null || this.#timeout.isFinal) return Found.End;
    let attempts = 0;
    while (this.#left > 0) {
      if (this.#at === this.#end) this.#wrap();
      const at = this.#at;
      const word = Atomics.load(this.#i32, at);
      const sequence = this.#i32[at + 1] as number;
      if (!this.#isSafe()) {
        if (++attempts <= MOST_ATTEMPTS && this.#overtaken()) continue;
        return this.#final === null ? Found.Nothing : Found.End;
      }
      if (word === EMPTY) break;
      if (sequence !== (this.#sequence | 0))
        return this.#corrupt(word, 'the sequence number is not the next');
      if (word === CLOSE_MARK) {
        this.#final = closedByWriter(this.path, this.position);
        return Found.End;
      }
      // A ring full of marks, which have no numbers of their own, would be read round and round. After a power cut the
      // intent may be older than the records, but not by a lap: their numbers would not fit.
      if (this.#intent.upperBound() * RING_WORD + this.#capacity <= this.position)
        return this.#corrupt(word, 'it lies a lap behind everything that was announced');
      if (word > 0) {
        if (word <= this.#maxLength && at * 4 + ringRecordSize(word) <= this.#capacity) return Found.Record;
        return this.#corrupt(word, 'the length leads outside');
      }
      if (word === PADDING) {
        this.#left -= this.#end - at;
        this.#wrap();
        continue;
      }
      if (word === HEARTBEAT_MARK) this.#heartbeats++;
      else if (word === EPOCH_MARK) this.#epoch = Atomics.load(this.#headerI32, EPOCH_OFFSET / 4);
      else return this.#corrupt(word, 'the word is no length and no mark');
      this.#left -= 2;
      this.#at += 2;
    }
    this.#publishPosition();
    return Found.Nothing;
  }

  #wrap(): void {
    this.#base += this.#capacity;
    this.#at = 0;
  }

  #onNothing(): void {
    if (this.#final === null) this.#timeout.onEmptyPoll(this.path);
    else if (!this.#told) {
      this.#told = true;
      if (this.#final.code !== 'CLOSED') throw this.#final;
    }
  }

  #publishPosition(): void {
    if (this.#closed) return;
    if (this.#slot === null) this.#observerSlot?.publish(this.position / RING_WORD);
    else if (this.#slot.publish(this.position / RING_WORD)) this.#spaceAvailable?.ring();
  }

  #corrupt(word: number, reason: string): Found {
    this.#final = corruptRing(this.path, this.position, word, reason);
    return Found.End;
  }

  #startAt(from: StartPosition): void {
    this.#seek(this.#places.oldest());
    this.#register();
    if (typeof from === 'object') {
      this.#resumeAt(from);
      return;
    }
    if (typeof from === 'number') this.moveTo(from);
    else if (from === 'newest') {
      this.#seek(this.#places.newest());
      this.#skipUntil(this.#intent.load() * RING_WORD);
    }
    this.#publishPosition();
    this.#laps.clear();
    this.#epoch = Atomics.load(this.#headerI32, EPOCH_OFFSET / 4);
  }

  /** Goes on at a place that was right once; what is gone is told as a lap. */
  #resumeAt(place: StreamPosition): void {
    this.#epoch = Atomics.load(this.#headerI32, EPOCH_OFFSET / 4);
    this.#seek(place);
    if (this.#slot === null) return;
    this.#register();
    if (this.position === place.position) return;
    const records = this.#sequence - place.sequence;
    const bytes = this.position - place.position;
    if (records < 0 || bytes < 0) throw this.#invalidPosition('Unavailable', place.position);
    this.#tellLap({ records, bytes, possiblyTorn: 0, from: place.position, to: this.position });
  }

  /** A registered reader: keeps the writer from overtaking the position it stands at, or finds one where that holds. */
  #register(): void {
    if (this.#slot === null) return;
    for (let i = 0; ; i++) {
      this.#slot.activate(this.position / RING_WORD);
      if (this.#places.floor <= this.position) return;
      if (i === 10 * MOST_ATTEMPTS) throw corruptRing(this.path, this.position, 0, 'no checkpoint is safe');
      this.#seek(this.#places.oldest(i));
    }
  }

  /** Passes over records and marks up to `position`, or to the end of what is published. */
  #skipUntil(position: number): void {
    const most = this.position + this.#capacity;
    while (this.position < position && this.position < most) {
      let end = this.#acquireRun(LONGEST_RUN);
      if (end === this.#at) {
        this.#left = (Math.min(position, most) - this.position) / 4;
        const found = this.#peek();
        if (this.position >= position || found !== Found.Record) return;
        end = this.#acquireRun(1);
      }
      if (this.position + (end - this.#at) * 4 > position) end = this.#acquireRun(1);
      if (!this.#isSafe()) {
        if (!this.#overtaken()) return;
        continue;
      }
      if (end === this.#at) return;
      this.#at = end;
      this.#sequence += this.#run;
    }
    if (this.#at === this.#end) this.#wrap();
  }

  #seek({ position, sequence }: StreamPosition): void {
    this.#at = (position % this.#capacity) / 4;
    this.#base = position - this.#at * 4;
    this.#sequence = sequence;
  }
  #invalidPosition(reason: 'Unaligned' | 'Unavailable', position: number): RingwireError {
    return invalidPosition(this.path, reason, position, 'it is not there any more, or not yet');
  }
}
