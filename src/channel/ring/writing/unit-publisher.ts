/**
 * The slow path of a ring writer: units that need a new intent, padding, a mark, or the end of the data area.
 *
 * The fast path of RingWriter publishes units that end before {@link UnitPublisher.limit}. It stores its position in
 * {@link UnitPublisher.at} and {@link UnitPublisher.sequence} before a call, and adopts both after a unit is published.
 *
 * INV-RING-03: nothing is stored in the data area at or after the intent.
 * INV-RING-04: with back pressure, nothing is stored at or after the position of an active reader plus one capacity.
 */
import { publishI32 } from '../../../platform/index.js';
import type { StagedRecords } from '../../core/staged-records.js';
import { EPOCH_OFFSET, ringBatchLimit } from '../ring-header-layout.js';
import {
  EMPTY,
  EPOCH_MARK,
  HEARTBEAT_MARK,
  PADDING,
  RING_WORD,
  ringRecordSize,
} from '../ring-record-layout.js';
import { batchSize } from './batch-size.js';
import type { RingWriterParts } from './open-ring-writer.js';
import { RingAdmission } from './ring-admission.js';
import type { RingViews } from './ring-views.js';

/** Publishes units of any kind. Positions and sizes are in 8-byte words. */
export class UnitPublisher {
  /** Word index in this lap of the next record; below the capacity. */
  at: number;
  /** Low 32 bits of the sequence number of the next record. */
  sequence: number;
  readonly admission: RingAdmission;
  readonly #views: RingViews;
  readonly #file: RingWriterParts['file'];
  readonly #capacity: number;
  /** Position at which this lap begins. */
  #base: number;
  /** The whole sequence number at the last checkpoint. */
  #checkpointSequence: number;
  #epoch = 0;
  #epochUnmarked = false;

  constructor({ file, clock, tail }: Omit<RingWriterParts, 'mapping'>, views: RingViews) {
    this.#views = views;
    this.#file = file;
    this.admission = new RingAdmission(views.headerI32, file, clock);
    this.#capacity = file.header.capacity / RING_WORD;
    const position = tail.position / RING_WORD;
    this.at = (position % this.#capacity) | 0;
    this.#base = position - this.at;
    this.sequence = tail.sequence | 0;
    this.#checkpointSequence = tail.sequence;
  }

  /** Position at which this lap begins. */
  get base(): number {
    return this.#base;
  }

  /** Number of writer takeovers. */
  get epoch(): number {
    return this.#epoch;
  }

  /** Word index of this lap before which the fast path may publish. */
  get limit(): number {
    return this.limitFrom(this.at);
  }

  /** Like {@link limit}, of the lap of the records that start at word index `first`, after padding if it is not {@link at}. */
  limitFrom(first: number): number {
    return Math.min(this.#capacity, this.admission.allowed - this.#baseOf(first)) | 0;
  }

  /** Bytes that a record at word index `at` of this lap may take now, its header and padding included. */
  available(at: number): number {
    const { policy, maxMessageLength } = this.#file.header;
    const largest = ringRecordSize(maxMessageLength);
    if (policy !== 'back-pressure') return largest;
    const free = (this.admission.free - this.#base - at - 1) * RING_WORD;
    return Math.max(0, Math.min(largest, free));
  }

  /** The sequence number with these low 32 bits that follows the last checkpoint. */
  wholeSequence(low: number): number {
    return this.#checkpointSequence + ((low - this.#checkpointSequence) >>> 0);
  }

  /** Counts a takeover, and marks it if there is space. */
  takeOver(): void {
    this.admission.checkpoints.resumeWriting();
    this.#epoch = Atomics.add(this.#views.headerI32, EPOCH_OFFSET / 4, 1) + 1;
    this.#epochUnmarked = true;
    this.markEpoch();
  }

  /** Publishes the mark of a takeover once, before the first record. @returns 0, or a negative `WriteResult` */
  markEpoch(): number {
    if (!this.#epochUnmarked) return 0;
    const refused = this.#admit(this.#base + this.at + 2);
    if (refused < 0) return refused;
    this.#epochUnmarked = false;
    this.publish(0, this.at, EPOCH_MARK);
    return 0;
  }

  /** Makes space for a record of `size` words. @returns words of padding before it, or a negative `WriteResult` */
  reserve(size: number): number {
    const left = this.#capacity - this.at;
    const padding = size > left ? left : 0;
    const refused = this.#admit(this.#base + this.at + padding + size + 1);
    return refused < 0 ? refused : padding;
  }

  /**
   * Makes space for a unit whose records start at word index `first` and end at `next`, before the end of the data area.
   * @returns whether there is space
   */
  extend(first: number, next: number): boolean {
    return next < this.#capacity && this.#admit(this.#baseOf(first) + next + 1) === 0;
  }

  /** Publishes the first `length` bytes of `data`. @returns bytes taken in the ring, or a negative `WriteResult` */
  write(data: Uint8Array, length: number): number {
    const padding = this.reserve((length + 15) >>> 3);
    if (padding < 0) return padding;
    const start = padding > 0 ? 0 : this.at;
    this.copy(data, length, start);
    return this.publish(padding, start, wordOf(length));
  }

  /** Copies the first `length` bytes of `data` into the record at word index `start`. */
  copy(data: Uint8Array, length: number, start: number): void {
    if (length === data.length) this.#views.sources.copy(data, start + 1);
    else this.#views.buffer.set(data.subarray(0, length), (start + 1) * RING_WORD);
  }

  /**
   * Publishes padding, if any, and the record or mark at word index `start` after it as one unit.
   * @returns bytes taken in the ring
   */
  publish(padding: number, start: number, word: number): number {
    const isRecord = word > 0;
    const next = start + (isRecord ? (word + 15) >>> 3 : 1);
    const after = isRecord ? (this.sequence + 1) | 0 : this.sequence;
    return this.#publishUnit(padding, start, next, word, after);
  }

  /** Publishes staged records, and padding before them if they do not start at {@link at}. @returns bytes taken in the ring */
  publishStaged({ first, firstLength, next, second }: StagedRecords): number {
    const padding = first === this.at ? 0 : this.#capacity - this.at;
    return this.#publishUnit(padding, first, next, firstLength, second);
  }

  /** `word`: of the record or mark at `start`. `next`: word index after the unit. `after`: sequence number after it. */
  #publishUnit(padding: number, start: number, next: number, word: number, after: number): number {
    const halves = this.#views.i32;
    const { at } = this;
    const wraps = next === this.#capacity;
    halves[wraps ? 0 : next << 1] = EMPTY;
    halves[(start << 1) + 1] = this.sequence;
    if (padding > 0) {
      halves[start << 1] = word;
      halves[(at << 1) + 1] = this.sequence;
      publishI32(halves, at << 1, PADDING);
    } else publishI32(halves, at << 1, word);
    this.sequence = after;
    if (padding > 0 || wraps) this.#base += this.#capacity;
    this.at = wraps ? 0 : next;
    this.#views.bell?.ring();
    return (padding + next - start) * RING_WORD;
  }

  /** Publishes the last mark. The word after the last unit is EMPTY and claimed, so the mark needs no extra space. */
  publishLast(mark: number): void {
    const halves = this.#views.i32;
    halves[(this.at << 1) + 1] = this.sequence;
    publishI32(halves, this.at << 1, mark);
    this.#views.bell?.ring();
  }

  /**
   * Publishes a batch as one unit, padding included. @returns bytes taken in the ring, or a negative `WriteResult`
   * @throws RingwireError like {@link batchSize}; nothing is published then
   */
  publishBatch(records: readonly Uint8Array[]): number {
    const first = this.at;
    const capacity = this.#capacity;
    const longest = ringBatchLimit(this.#file.header.capacity);
    const taken = batchSize(records, first, this.#file, longest);
    const { length: count } = records;
    if (count === 0) return 0;
    const refused = this.#admit(this.#base + first + taken + 1);
    if (refused < 0) return refused;
    const { i32: halves, sources } = this.#views;
    let at = first;
    let { sequence } = this;
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
      sources.copyOf(i, record, at + 1);
      halves[(at << 1) + 1] = sequence;
      const word = wordOf(length);
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
    publishI32(halves, first << 1, firstWord);
    this.sequence = sequence;
    this.at = at;
    this.#views.bell?.ring();
    return taken * RING_WORD;
  }

  /** Position at which the lap of the records at word index `first` begins: the next one if padding comes before them. */
  #baseOf(first: number): number {
    return first < this.at ? this.#base + this.#capacity : this.#base;
  }

  /** Makes sure that the writer may store to everything before `end`. @returns 0, or a negative `WriteResult` */
  #admit(end: number): number {
    const { admission } = this;
    if (admission.needsIntent(end)) {
      this.#checkpointSequence = this.wholeSequence(this.sequence);
      admission.claim(end, this.#base + this.at, this.#checkpointSequence, this.#epoch);
    }
    return admission.admit(end);
  }
}

/** The commit word of a record of `length` bytes; a record without bytes is a heartbeat. */
function wordOf(length: number): number {
  return length === 0 ? HEARTBEAT_MARK : length;
}
