/**
 * The reader of a ring channel.
 *
 * INV-RING-05: every delivered record was validated: after the copy (or, in place, both before and after its handler)
 * the intent was still within one capacity of where the record begins, or the reader's slot was still active.
 * INV-READ-04: a handler may read from its own reader: the nested read has a copy of its own, or keeps the writer from
 * the record that the outer handler looks at.
 * INV-READ-01: lengths and positions from the ring are limited before every use; no content leads outside the
 * mapping or into an endless loop.
 */
import {
  type Doorbell,
  isLocked,
  orderLoads,
  type RingwireError,
  releaseWhenCollected,
  SplitCounter,
} from '../../platform/index.js';
import type { LossCounts } from '../core/losses.js';
import type { Reader, RecordHandler, RecordsOptions } from '../core/reader.js';
import { closedByWriter, closedReader, invalidPosition } from '../core/reader-errors.js';
import type { StartPosition, StreamPosition } from '../core/stream-position.js';
import { resolveRoot } from '../files/channel-path.js';
import { InactivityTimer } from '../io/inactivity-timer.js';
import { RecordCopier } from '../io/record-copier.js';
import { iterateRecords } from '../io/record-iteration.js';
import { type WaitOptions, waitForChannel } from '../io/wait-for-channel.js';
import type { ReaderRegistration } from './reader-registration.js';
import { LossReporter } from './reading/loss-reporter.js';
import { openRing, type RingReaderParts } from './reading/open-ring-reader.js';
import type { ReaderResources } from './reading/reader-resources.js';
import { RunCopies } from './reading/run-copies.js';
import { RingCheckpoints } from './ring-checkpoints.js';
import { corruptRing, evicted } from './ring-errors.js';
import type { RingFile } from './ring-file.js';
import { EPOCH_OFFSET, INTENT_OFFSET, type RingHeader, WRITER_LOCK } from './ring-header-layout.js';
import type { RingReaderOptions } from './ring-options.js';
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
/** Attempts to find a safe record before a poll returns 0. */
const MOST_ATTEMPTS = 8;

/** What is at the reader's position. */
const Found = { Record: 0, Nothing: 1, End: 2 } as const;
type Found = (typeof Found)[keyof typeof Found];

/** A reader of a ring: it may be lapped, or makes the writer wait for it. */
export class RingReader implements Reader {
  readonly header: RingHeader;
  readonly path: string;
  readonly doorbell: Doorbell | null;
  /** Data area: word halves and bytes. */
  #i32: Int32Array;
  #buffer: Buffer;
  /** The private copies that handlers look at, and the one in use, or null when records are handed out in place. */
  readonly #copies: RunCopies | null;
  #copy: Buffer | null = null;
  #copyHalves: Int32Array = new Int32Array(0);
  /** Whether a handler runs, and how many polls of handlers are below the poll in progress. */
  #handing = false;
  #level = 0;
  readonly #headerI32: Int32Array;
  readonly #intent: SplitCounter;
  readonly #places: StartPositions;
  readonly #slot: ReaderRegistration | null;
  /** The slot that lists a reader without back pressure, or null. */
  readonly #observerSlot: ReaderRegistration | null;
  readonly #resources: ReaderResources;
  readonly #file: RingFile;
  readonly #timeout: InactivityTimer;
  readonly #losses: LossReporter;
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
  /** Word halves that the poll in progress may still walk over, so that no peer keeps it from ending. */
  #left = 0;
  #epoch = 0;
  #heartbeats = 0;
  #lapsInARow = 0;
  #final: RingwireError | null = null;
  #reported = false;
  #closed = false;
  readonly #single = new RecordCopier();

  /**
   * Opens the ring `channelId` below the folder `root`. A reader of a back-pressure ring registers: the writer waits for
   * it until it is closed.
   * @throws RingwireError `STORAGE_NOT_FOUND`, `STORAGE_NOT_READY`, `COULD_NOT_ACCESS_STORAGE` (also without
   * permission to write, which a registered reader needs), `STORAGE_TRUNCATED`, `NO_READER_SLOT` when all reader slots are taken,
   * `INVALID_POSITION`, `MEMORY_MAPPING_FAILED`, `INVALID_ARGUMENT` and the errors of the header
   */
  static open(root: string, channelId: bigint | number, options?: RingReaderOptions): RingReader {
    return openRing(root, channelId, options, (parts) => {
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
    channelId: bigint | number,
    options: WaitOptions & RingReaderOptions = {},
  ): Promise<RingReader> {
    const { signal, timeoutMs, ...readerOptions } = options;
    const folder = resolveRoot(root);
    return waitForChannel(() => RingReader.open(folder, channelId, readerOptions), { signal, timeoutMs });
  }

  private constructor({ file, mapping, slots, resources, options }: RingReaderParts) {
    const { words, halves, buffer } = mapping;
    const { slot, shown } = slots;
    const { capacity, maxMessageLength, policy, stuckReader } = file.header;
    this.header = file.header;
    this.path = file.path;
    this.#file = file;
    this.#headerI32 = words;
    this.#slot = slot;
    this.#observerSlot = shown;
    this.#losses = new LossReporter(shown, options.onLoss);
    this.#i32 = halves;
    this.#buffer = buffer;
    this.#capacity = capacity;
    this.#end = capacity / 4;
    this.#maxLength = maxMessageLength;
    this.#intent = new SplitCounter(words, INTENT_OFFSET);
    this.#places = new StartPositions(new RingCheckpoints(words), this.#intent, capacity);
    this.#timeout = new InactivityTimer(file.header, options.clock, options.timeout, () => this.writerAlive);
    const waitedFor = slot !== null && policy === 'back-pressure' && stuckReader !== 'evict';
    const copies = (options.delivery ?? (waitedFor ? 'in-place' : 'copy')) === 'copy';
    this.#copies = copies ? new RunCopies(Math.max(COPY_LENGTH, ringRecordSize(maxMessageLength))) : null;
    this.#useCopy();
    this.#resources = resources;
    this.doorbell = resources.doorbell;
    this.#startAt(options.from);
  }

  get position(): number {
    return this.#base + this.#at * 4;
  }

  /** Sequence number of the next record; the first record of a ring has 0. */
  get sequence(): number {
    return this.#sequence;
  }

  /** Number of writer takeovers before the records that are being read. */
  get epoch(): number {
    return this.#epoch;
  }

  get heartbeats(): number {
    return this.#heartbeats;
  }

  /** The losses so far. */
  get losses(): LossCounts {
    return this.#losses.counts;
  }

  get endReason(): RingwireError | null {
    return this.#final ?? this.#timeout.expired;
  }

  /** Whether the writer's lock is held: true with a live writer, false without one, null if unknown. */
  get writerAlive(): boolean | null {
    return this.#closed ? null : isLocked(this.#file.fd, WRITER_LOCK);
  }

  poll(handler: RecordHandler, limit: number = Number.POSITIVE_INFINITY): number {
    if (this.#closed) throw closedReader(this.path);
    if (this.#handing) return this.#pollNested(handler, limit);
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
      // The handler moved or closed this reader, or the reader was overtaken and continues elsewhere.
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
      this.#reported = false;
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
    this.#i32 = new Int32Array(0);
    this.#buffer = Buffer.alloc(0);
    this.#single.clear();
    this.#resources.release();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /**
   * Walks over the published records from here with plain loads and then loads the commit word of the last one with
   * acquire: each step depends on the word before, so this one load orders all payloads after it. Sets {@link #run}.
   * @returns the index after the run
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

  /**
   * A poll that a handler of this reader called. It copies into a buffer of its own and lets the writer go no further:
   * the record of the outer handler stays as it is (INV-READ-04).
   */
  #pollNested(handler: RecordHandler, limit: number): number {
    const left = this.#left;
    this.#handing = false;
    this.#level++;
    this.#useCopy();
    try {
      return this.poll(handler, limit);
    } finally {
      this.#level--;
      this.#useCopy();
      this.#handing = true;
      this.#left = left;
    }
  }

  #useCopy(): void {
    if (this.#copies === null) return;
    const { bytes, halves } = this.#copies.at(this.#level);
    this.#copy = bytes;
    this.#copyHalves = halves;
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
    // Also when the handler throws: it has had its record.
    this.#timeout.reset();
    this.#handing = true;
    try {
      return copy !== null
        ? this.#handCopies(handler, copy, start, end)
        : this.#handInPlace(handler, start, end);
    } finally {
      this.#handing = false;
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
      if (this.#at !== next || this.#closed) {
        if (!this.#closed) this.#doubt(base + start * 4, count);
        return -count;
      }
      at = next;
    }
    this.#doubt(base + start * 4, run);
    return run;
  }

  /** Whether everything from `position` on is still as it was published. */
  #isSafe(position: number = this.position): boolean {
    // INV-ORDER-01: everything read so far was loaded before the load below that validates it.
    orderLoads();
    if (this.#slot !== null) return this.#slot.active;
    return this.#intent.upperBound() * RING_WORD <= position + this.#capacity;
  }

  /**
   * The writer overtook this reader: continues at the oldest safe record and reports the loss. A reader that is
   * overtaken again before it delivered a record continues a little later each time.
   * @returns whether it found a place to continue
   */
  #overtaken(): boolean {
    if (this.#slot !== null) {
      this.#final = evicted(this.path, this.position);
      return false;
    }
    const from = this.position;
    for (let i = 0; i < MOST_ATTEMPTS; i++) {
      if (this.#places.floor <= from) return true;
      const next = this.#places.after({ position: from, sequence: this.#sequence }, this.#lapsInARow);
      if (next === null) continue;
      const records = next.sequence - this.#sequence;
      this.#lapsInARow++;
      this.#seek(next);
      this.#epoch = Math.max(this.#epoch, next.epoch);
      this.#losses.report({ records, bytes: next.position - from, possiblyTorn: 0, from, to: next.position });
      return !this.#closed;
    }
    return false;
  }

  /** Reports records handed out in place from `start` on that may have been overwritten meanwhile. */
  #doubt(start: number, possiblyTorn: number): void {
    if (this.#isSafe(start)) return;
    const to = this.position;
    this.#losses.report({ records: 0, bytes: 0, possiblyTorn, from: to, to });
    if (this.#slot !== null) this.#overtaken();
  }

  /** Slow path: examines the word at the reader's position and skips marks. */
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
      // Marks carry no sequence number: a ring full of them would be read without end. After a power cut the intent may be
      // older than the records, but not by a lap: their sequence numbers would not match.
      if (this.#intent.upperBound() * RING_WORD + this.#capacity <= this.position)
        return this.#corrupt(word, 'it lies a lap after the intent');
      if (word > 0) {
        if (word <= this.#maxLength && at * 4 + ringRecordSize(word) <= this.#capacity) return Found.Record;
        return this.#corrupt(word, 'the record ends outside of the data area');
      }
      if (word === PADDING) {
        this.#left -= this.#end - at;
        this.#wrap();
        continue;
      }
      if (word === HEARTBEAT_MARK) this.#heartbeats++;
      else if (word === EPOCH_MARK) this.#epoch = Atomics.load(this.#headerI32, EPOCH_OFFSET / 4);
      else return this.#corrupt(word, 'the word is neither a length nor a mark');
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
    else if (!this.#reported) {
      this.#reported = true;
      if (this.#final.code !== 'CLOSED') throw this.#final;
    }
  }

  #publishPosition(): void {
    if (this.#closed || this.#level > 0) return;
    if (this.#slot === null) this.#observerSlot?.publish(this.position / RING_WORD);
    else if (this.#slot.publish(this.position / RING_WORD)) this.#resources.spaceAvailable?.ring();
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
    this.#losses.counts.clear();
    this.#epoch = Atomics.load(this.#headerI32, EPOCH_OFFSET / 4);
  }

  /** Continues at a position that was saved earlier; records that are gone are reported as a loss. */
  #resumeAt(place: StreamPosition): void {
    this.#epoch = Atomics.load(this.#headerI32, EPOCH_OFFSET / 4);
    this.#seek(place);
    if (this.#slot === null) return;
    this.#register();
    if (this.position === place.position) return;
    const records = this.#sequence - place.sequence;
    const bytes = this.position - place.position;
    if (records < 0 || bytes < 0) throw this.#invalidPosition('Unavailable', place.position);
    this.#losses.report({ records, bytes, possiblyTorn: 0, from: place.position, to: this.position });
  }

  /** Registers at the current position, or at a later one if the writer has overtaken it already. */
  #register(): void {
    if (this.#slot === null) return;
    for (let i = 0; ; i++) {
      this.#slot.activate(this.position / RING_WORD);
      if (this.#places.floor <= this.position) return;
      if (i === 10 * MOST_ATTEMPTS) throw corruptRing(this.path, this.position, 0, 'no checkpoint is safe');
      this.#seek(this.#places.oldest(i));
    }
  }

  /** Skips records and marks up to `position`, or to the published end. */
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
    return invalidPosition(
      this.path,
      reason,
      position,
      'the ring no longer holds it, or does not hold it yet',
    );
  }
}
