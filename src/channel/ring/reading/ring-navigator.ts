/**
 * The slow path of a ring reader: marks, the lap, damage, and every move that is not to the next record.
 *
 * The fast path of RingReader stores its place in {@link RingNavigator.at}, {@link RingNavigator.base},
 * {@link RingNavigator.sequence} and {@link RingNavigator.left} before a call, and adopts it afterwards.
 *
 * INV-READ-01: lengths and positions from the ring are limited before every use; no content leads outside the
 * mapping or into an endless loop.
 */
import { type RingwireError, SplitCounter } from '../../../platform/index.js';
import type { Loss } from '../../core/losses.js';
import { closedByWriter, invalidPosition, invalidSequence } from '../../core/reader-errors.js';
import type { StartPosition, StreamPosition } from '../../core/stream-position.js';
import type { SlotUse } from '../reader-registration.js';
import { RingCheckpoints } from '../ring-checkpoints.js';
import { corruptRing, evicted, leftBehind } from '../ring-errors.js';
import type { RingFile } from '../ring-file.js';
import { EPOCH_OFFSET, INTENT_OFFSET } from '../ring-header-layout.js';
import {
  CLOSE_MARK,
  EMPTY,
  EPOCH_MARK,
  HEARTBEAT_MARK,
  PADDING,
  RING_WORD,
  ringRecordSize,
} from '../ring-record-layout.js';
import { StartPositions } from '../start-positions.js';
import type { RingReaderParts } from './open-ring-reader.js';
import { OverwriteCheck } from './overwrite-check.js';

/** Records that one walk skips. */
const LONGEST_RUN = 64;
/** Attempts to find a safe record. */
export const MOST_ATTEMPTS = 8;

/** What stands at a place: a record, nothing yet, or the end of the channel. */
export const Found = { Record: 0, Nothing: 1, End: 2 } as const;
export type Found = (typeof Found)[keyof typeof Found];

/** Moves one reader through its ring. */
export class RingNavigator {
  /** Index of the next record into the 32-bit words of the data area. */
  at = 0;
  /** Position at which this lap begins, in bytes. */
  base = 0;
  /** Sequence number of the next record. */
  sequence = 0;
  /** 32-bit words that the poll in progress may still walk over, so that no peer keeps it from ending. */
  left = 0;
  /** Number of writer takeovers before the records that are being read. */
  epoch = 0;
  heartbeats = 0;
  /** How often the reader was overtaken since it delivered a record. */
  lapsInARow = 0;
  /** Why no more records come; null while more may come. */
  final: RingwireError | null = null;
  readonly check: OverwriteCheck;
  readonly #file: RingFile;
  readonly #headerI32: Int32Array;
  #i32: Int32Array;
  readonly #intent: SplitCounter;
  readonly #places: StartPositions;
  readonly #slot: SlotUse | null;
  /** In bytes, and in 32-bit words. */
  readonly #capacity: number;
  readonly #end: number;
  readonly #report: (loss: Loss) => void;
  /** Index after the run that {@link #countRun} walked over. */
  #runEnd = 0;
  #closed = false;

  /** `report`: called with each loss, at the place after it. */
  constructor({ file, mapping, slots }: RingReaderParts, report: (loss: Loss) => void) {
    const { capacity } = file.header;
    this.#file = file;
    this.#headerI32 = mapping.words;
    this.#i32 = mapping.halves;
    this.#intent = new SplitCounter(mapping.words, INTENT_OFFSET);
    this.#places = new StartPositions(new RingCheckpoints(mapping.words), this.#intent, capacity);
    this.#slot = slots.slot;
    this.#capacity = capacity;
    this.#end = capacity / 4;
    this.check = new OverwriteCheck(this.#intent, slots.slot, capacity);
    this.#report = report;
  }

  /** Position of the next record, in bytes. */
  get position(): number {
    return this.base + this.at * 4;
  }

  /** Goes where a new reader begins. @throws RingwireError `INVALID_POSITION` */
  startAt(from: StartPosition): void {
    this.epoch = Atomics.load(this.#headerI32, EPOCH_OFFSET / 4);
    this.#seek(this.#places.oldest());
    this.#register();
    if (typeof from === 'object') this.#resumeAt(from);
    else if (typeof from === 'number') this.moveTo(from);
    else if (from === 'newest') {
      this.#seek(this.#places.newest());
      this.#skipUntil(this.#intent.load() * RING_WORD);
    }
  }

  /**
   * Goes to the record that begins at `position`, in bytes.
   * @throws RingwireError `INVALID_POSITION`; the place is unchanged then
   */
  moveTo(position: number): void {
    if (!Number.isSafeInteger(position) || position < 0 || position % RING_WORD !== 0)
      throw this.#invalidPosition('Unaligned', position);
    const from = this.#places.before(position);
    if (from === null) throw this.#invalidPosition('Unavailable', position);
    this.#travel(from, { position, sequence: Number.POSITIVE_INFINITY }, () => {
      if (this.position === position) return null;
      return this.#invalidPosition(this.position > position ? 'Unaligned' : 'Unavailable', position);
    });
  }

  /**
   * Goes to the record with this sequence number, or after the last record.
   * @throws RingwireError `INVALID_POSITION`; the place is unchanged then
   */
  moveToSequence(sequence: number): void {
    const isSequence = Number.isSafeInteger(sequence) && sequence >= 0;
    const from = isSequence ? this.#places.beforeSequence(sequence) : null;
    if (from === null) throw invalidSequence(this.#file.path, sequence);
    this.#travel(from, { position: Number.POSITIVE_INFINITY, sequence }, () =>
      this.sequence === sequence ? null : invalidSequence(this.#file.path, sequence),
    );
  }

  /** Goes where a new reader with this start position begins. */
  restart(from: 'oldest' | 'newest'): void {
    this.final = null;
    const before = this.position;
    this.#seek(from === 'oldest' ? this.#places.oldest() : this.#places.newest());
    if (this.position < before) this.#register();
    if (from === 'newest') this.#skipUntil(this.#intent.load() * RING_WORD);
  }

  /** Skips marks up to a record, the published end, or the end of the channel. */
  peek(): Found {
    if (this.final !== null || this.#closed) return Found.End;
    let attempts = 0;
    while (this.left > 0) {
      if (this.at === this.#end) this.#wrap();
      const { at } = this;
      const word = Atomics.load(this.#i32, at);
      const sequence = this.#i32[at + 1] as number;
      if (!this.check.isSafe(this.position)) {
        if (++attempts <= MOST_ATTEMPTS && this.overtaken()) continue;
        return this.final === null ? Found.Nothing : Found.End;
      }
      if (word === EMPTY) break;
      if (sequence !== (this.sequence | 0)) return this.#corrupt(word, 'the sequence number is not the next');
      if (word === CLOSE_MARK) {
        this.final = closedByWriter(this.#file.path, this.position);
        return Found.End;
      }
      // Marks carry no sequence number: a ring full of them would be read without end. After a power cut the intent may be
      // older than the records, but not by a lap: their sequence numbers would not match.
      if (this.#intent.upperBound() * RING_WORD + this.#capacity <= this.position)
        return this.#corrupt(word, 'it lies a lap after the intent');
      if (word > 0) {
        const isLong = word > this.#file.header.maxMessageLength;
        if (!isLong && at * 4 + ringRecordSize(word) <= this.#capacity) return Found.Record;
        return this.#corrupt(word, 'the record ends outside of the data area');
      }
      if (word === PADDING) {
        this.left -= this.#end - at;
        this.#wrap();
        continue;
      }
      if (word === HEARTBEAT_MARK) this.heartbeats++;
      else if (word === EPOCH_MARK) this.epoch = Atomics.load(this.#headerI32, EPOCH_OFFSET / 4);
      else return this.#corrupt(word, 'the word is neither a length nor a mark');
      this.left -= 2;
      this.at += 2;
    }
    return Found.Nothing;
  }

  /**
   * The writer overtook this reader: continues at the oldest safe record and reports the loss. A reader that is
   * overtaken again before it delivered a record continues a little later each time.
   * @returns whether it found a place to continue
   */
  overtaken(): boolean {
    if (this.#slot !== null) {
      const lost = this.#slot.active ? leftBehind : evicted;
      this.final = lost(this.#file.path, this.position);
      return false;
    }
    const from = this.position;
    for (let i = 0; i < MOST_ATTEMPTS; i++) {
      if (this.#places.floor <= from) return true;
      const next = this.#places.after({ position: from, sequence: this.sequence }, this.lapsInARow);
      if (next === null) continue;
      const records = next.sequence - this.sequence;
      this.lapsInARow++;
      this.#seek(next);
      this.epoch = Math.max(this.epoch, next.epoch);
      this.#report({ records, bytes: next.position - from, possiblyTorn: 0, from, to: next.position });
      return !this.#closed;
    }
    return false;
  }

  /** Releases the memory of the ring. */
  close(): void {
    this.#closed = true;
    this.#i32 = new Int32Array(0);
  }

  /** Continues at a position that was saved earlier; records that are gone are reported as a loss. */
  #resumeAt(place: StreamPosition): void {
    this.#seek(place);
    if (this.#slot === null) return;
    this.#register();
    if (this.position === place.position) return;
    const records = this.sequence - place.sequence;
    const bytes = this.position - place.position;
    if (records < 0 || bytes < 0) throw this.#invalidPosition('Unavailable', place.position);
    this.#report({ records, bytes, possiblyTorn: 0, from: place.position, to: this.position });
  }

  /** Registers at the current position, or at a later one if the writer has overtaken it already. */
  #register(): void {
    if (this.#slot === null) return;
    for (let i = 0; ; i++) {
      if (this.#slot.activate(this.position / RING_WORD)) return;
      if (this.#places.floor <= this.position) return;
      if (i === 10 * MOST_ATTEMPTS)
        throw corruptRing(this.#file.path, this.position, 0, 'no checkpoint is safe');
      this.#seek(this.#places.oldest(i));
    }
  }

  /** Moves from a checkpoint to a place. `fault`: why it was not reached, or null. @throws the fault, at the place before */
  #travel(from: StreamPosition, to: StreamPosition, fault: () => RingwireError | null): void {
    const before: StreamPosition = { position: this.position, sequence: this.sequence };
    this.#seek(from);
    // Forward the slot stays at the old place, to which a failed move returns, until the next poll publishes the new one.
    if (from.position < before.position) this.#register();
    const { final } = this;
    this.final = null;
    this.#skipUntil(to.position, to.sequence);
    const error = fault();
    if (error === null) return;
    this.#seek(before);
    this.final = final;
    throw error;
  }

  /** Skips records and marks up to `position` or the record `sequence`, or to the published end. */
  #skipUntil(position: number, sequence = Number.POSITIVE_INFINITY): void {
    const most = this.position + this.#capacity;
    while (this.position < position && this.position < most && this.sequence < sequence) {
      let records = this.#countRun(position, sequence);
      if (records === 0) {
        this.left = (Math.min(position, most) - this.position) / 4;
        const found = this.peek();
        if (this.position >= position || found !== Found.Record) return;
        records = this.#countRun(position, sequence);
      }
      if (!this.check.isSafe(this.position)) {
        if (!this.overtaken()) return;
        continue;
      }
      if (records === 0) return;
      this.at = this.#runEnd;
      this.sequence += records;
    }
    if (this.at === this.#end) this.#wrap();
  }

  /**
   * Walks over the records that begin before `position` and precede the record `sequence`, with plain loads, and loads
   * the commit word of the last one with acquire, like the fast path. Sets {@link #runEnd}. @returns how many there are
   */
  #countRun(position: number, sequence: number): number {
    const halves = this.#i32;
    const { maxMessageLength } = this.#file.header;
    const stop = Math.min(this.#end, (position - this.base) / 4);
    const longest = Math.min(LONGEST_RUN, sequence - this.sequence);
    let { at } = this;
    let last = -1;
    let records = 0;
    while (records < longest && at < stop) {
      const length = halves[at] as number;
      const isNext = halves[at + 1] === ((this.sequence + records) | 0);
      if (length <= 0 || length > maxMessageLength || !isNext) break;
      const next = at + (((length + 15) >>> 3) << 1);
      if (next > this.#end) break;
      last = at;
      at = next;
      records++;
    }
    if (last >= 0) Atomics.load(halves, last);
    this.#runEnd = at;
    return records;
  }

  #seek({ position, sequence }: StreamPosition): void {
    this.at = ((position % this.#capacity) / 4) | 0;
    this.base = position - this.at * 4;
    this.sequence = sequence;
  }

  #wrap(): void {
    this.base += this.#capacity;
    this.at = 0;
  }

  #corrupt(word: number, reason: string): Found {
    this.final = corruptRing(this.#file.path, this.position, word, reason);
    return Found.End;
  }

  #invalidPosition(reason: 'Unaligned' | 'Unavailable', position: number): RingwireError {
    return invalidPosition(
      this.#file.path,
      reason,
      position,
      'the ring no longer holds it, or does not hold it yet',
    );
  }
}
