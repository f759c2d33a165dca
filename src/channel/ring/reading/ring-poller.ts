/**
 * The fast path of a ring reader: it walks over runs of records and hands them out. Everything else goes
 * through RingNavigator.
 *
 * INV-RING-05: every delivered record was validated: after the copy (or, in place, both before and after its handler)
 * the intent was still within one capacity of where the record begins, or the reader's slot was still active.
 * INV-READ-04: a handler may read from its own reader: the nested read has a copy of its own, or keeps the writer from
 * the record that the outer handler looks at.
 * INV-READ-01: lengths and positions from the ring are limited before every use; no content leads outside the
 * mapping or into an endless loop.
 */
import type { RingwireError } from '../../../platform/index.js';
import { EndReporter } from '../../core/end-reporter.js';
import type { RecordHandler } from '../../core/reader.js';
import { closedReader } from '../../core/reader-errors.js';
import { InactivityTimer } from '../../io/inactivity-timer.js';
import type { ReaderRegistration, SlotUse } from '../reader-registration.js';
import { EMPTY, RING_WORD } from '../ring-record-layout.js';
import { LossReporter } from './loss-reporter.js';
import type { RingReaderParts } from './open-ring-reader.js';
import type { OverwriteCheck } from './overwrite-check.js';
import type { ReaderResources } from './reader-resources.js';
import { Found, MOST_ATTEMPTS, RingNavigator } from './ring-navigator.js';
import { copiesFor, type RunCopies, type RunCopy } from './run-copies.js';

/** Records acquired at a time. */
const LONGEST_RUN = 64;

/** Delivers the records of one ring to handlers. */
export class RingPoller {
  readonly losses: LossReporter;
  readonly #path: string;
  /** The data area, in 32-bit words and in bytes. */
  #i32: Int32Array;
  #buffer: Buffer;
  /** The private copies that handlers look at, and the one in use; null when records are handed out in place. */
  readonly #copies: RunCopies | null;
  #copy: RunCopy | null = null;
  /** Whether a handler runs, and how many polls of handlers are below the poll in progress. */
  #handing = false;
  #level = 0;
  readonly #check: OverwriteCheck;
  readonly #navigator: RingNavigator;
  readonly #slot: SlotUse | null;
  /** The slot that lists a reader without back pressure, or null. */
  readonly #observerSlot: ReaderRegistration | null;
  readonly #resources: ReaderResources;
  readonly #timeout: InactivityTimer;
  readonly #maxLength: number = 0;
  /** Capacity in 32-bit words. */
  readonly #end: number = 0;
  /** Index into {@link #i32} of the next record, and the position at which this lap begins, in bytes. */
  #at = 0;
  #base = 0;
  /** Sequence number of the next record. */
  #sequence = 0;
  /** Records in the run that was acquired last. */
  #run = 0;
  /** 32-bit words that the poll in progress may still walk over, so that no peer keeps it from ending. */
  #left = 0;
  readonly #endReporter = new EndReporter();
  #closed = false;

  constructor(parts: RingReaderParts) {
    const { file, mapping, slots, resources, options } = parts;
    const { header } = file;
    this.#path = file.path;
    this.#i32 = mapping.halves;
    this.#buffer = mapping.buffer;
    this.#slot = slots.slot;
    this.#observerSlot = slots.shown;
    this.#resources = resources;
    this.losses = new LossReporter(file.path, slots.shown, options.onLoss);
    this.#end = header.capacity / 4;
    this.#maxLength = header.maxMessageLength;
    this.#timeout = new InactivityTimer(header, options.clock, options.timeout, () => resources.writerAlive);
    this.#copies = copiesFor(header, mapping, slots.slot !== null, options.delivery);
    this.#useCopy();
    this.#navigator = new RingNavigator(parts, (loss) => {
      this.#adopt();
      this.losses.report(loss);
      // The callback may have moved this reader.
      this.#synced();
    });
    this.#check = this.#navigator.check;
    this.#navigator.startAt(options.from);
    this.#adopt();
    if (typeof options.from === 'object') return;
    this.#publishPosition();
    this.losses.counts.clear();
  }

  /** Position of the next record, in bytes. */
  get position(): number {
    return this.#base + this.#at * 4;
  }

  /** Sequence number of the next record. */
  get sequence(): number {
    return this.#sequence;
  }

  /** Number of writer takeovers before the records that are being read. */
  get epoch(): number {
    return this.#navigator.epoch;
  }

  /** Heartbeats met so far. */
  get heartbeats(): number {
    return this.#navigator.heartbeats;
  }

  /** Why no more records come; null while more may come. */
  get endReason(): RingwireError | null {
    return this.#navigator.final ?? this.#timeout.expired;
  }

  /** Delivers up to `limit` records and returns how many. @throws like `RingReader.poll` */
  poll(handler: RecordHandler, limit: number = Number.POSITIVE_INFINITY): number {
    if (this.#closed) throw closedReader(this.#path);
    if (this.#handing) return this.#pollNested(handler, limit);
    const { heartbeats } = this;
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
    if (count > 0 || this.heartbeats !== heartbeats) this.#timeout.reset();
    else this.#onNothing();
    return count;
  }

  /** Continues where `move` moves the navigator to. @throws RingwireError `CLOSED`, the errors of `move` */
  move(move: (navigator: RingNavigator) => void): void {
    if (this.#closed) throw closedReader(this.#path);
    try {
      move(this.#synced());
    } finally {
      this.#adopt();
    }
    this.#endReporter.reset();
  }

  /** Releases the memory of the ring, also in a poll in progress. */
  close(): void {
    this.#closed = true;
    this.#i32 = new Int32Array(0);
    this.#buffer = Buffer.alloc(0);
    this.#copies?.close();
    this.#navigator.close();
  }

  /**
   * Walks over published records with plain loads, then loads the commit word of the last one with acquire: each step
   * depends on the word before, so this one load orders all payloads after it. Sets {@link #run}.
   * @returns the index after the run
   */
  #acquireRun(limit: number): number {
    const halves = this.#i32;
    const end = this.#end;
    const maxLength = this.#maxLength;
    const start = this.#at;
    const stop = this.#copies === null ? end : start + this.#copies.longest;
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
    if (this.#copies !== null) this.#copy = this.#copies.at(this.#level);
  }

  /** Hands out the run that ends at `end`. @returns records handed out; negative when the poll must end */
  #handOut(handler: RecordHandler, end: number): number {
    if (end === this.#at) return 0;
    const copy = this.#copy;
    const start = this.#at;
    this.#left -= end - start;
    if (copy !== null) this.#copies?.fill(copy, start, end);
    if (!this.#check.isSafe(this.position)) {
      this.#overtaken();
      return 0;
    }
    this.#navigator.lapsInARow = 0;
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

  #handCopies(handler: RecordHandler, { bytes, halves }: RunCopy, start: number, end: number): number {
    const maxLength = this.#maxLength;
    const position = this.#base + start * 4;
    const words = end - start;
    const run = this.#run;
    let sequence = this.#sequence;
    /** Index into the copy. */
    let at = 0;
    for (let count = 1; count <= run; count++) {
      const length = halves[at] as number;
      const next = at + (((length + 15) >>> 3) << 1);
      // Only a peer that breaks the protocol changes a length between the walk and the copy.
      if (length <= 0 || length > maxLength || next > words) return 1 - count;
      this.#at = start + next;
      this.#sequence = ++sequence;
      handler(bytes, at * 4 + RING_WORD, length, position + at * 4);
      if (this.#sequence !== sequence || this.#closed) return -count;
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
    let sequence = this.#sequence;
    let at = start;
    for (let count = 1; count <= run; count++) {
      const length = halves[at] as number;
      const next = at + (((length + 15) >>> 3) << 1);
      if (length <= 0 || length > maxLength || next > end) {
        this.#doubt(base + start * 4, count - 1);
        return 1 - count;
      }
      this.#at = next;
      this.#sequence = ++sequence;
      handler(buffer, at * 4 + RING_WORD, length, base + at * 4);
      if (this.#sequence !== sequence || this.#closed) {
        if (!this.#closed) this.#doubt(base + start * 4, count);
        return -count;
      }
      at = next;
    }
    this.#doubt(base + start * 4, run);
    return run;
  }

  /** The writer overtook this reader: continues at a later place, or ends. */
  #overtaken(): void {
    this.#synced().overtaken();
    this.#adopt();
  }

  /** Reports records handed out in place from `start` on that may have been overwritten meanwhile. */
  #doubt(start: number, possiblyTorn: number): void {
    if (this.#check.isSafe(start)) return;
    const to = this.position;
    this.losses.report({ records: 0, bytes: 0, possiblyTorn, from: to, to });
    if (this.#slot !== null) this.#overtaken();
  }

  /** Examines the word at the place of this reader: nothing yet, or the slow path, which skips marks. */
  #peek(): Found {
    if (this.#timeout.isFinal) return Found.End;
    // A plain load is enough: after a stale one the next poll loads again.
    const isEmpty = this.#i32[this.#at] === EMPTY && this.#navigator.final === null;
    if (isEmpty && this.#check.isSafe(this.position)) {
      this.#publishPosition();
      return Found.Nothing;
    }
    const found = this.#synced().peek();
    this.#adopt();
    if (found === Found.Nothing) this.#publishPosition();
    return found;
  }

  /** The slow path, at the place of the fast path. */
  #synced(): RingNavigator {
    const navigator = this.#navigator;
    navigator.at = this.#at;
    navigator.base = this.#base;
    navigator.sequence = this.#sequence;
    navigator.left = this.#left;
    return navigator;
  }

  /** Adopts the place of the slow path, as a whole number: V8 may have it as a fraction, which costs 7 ns a record. */
  #adopt(): void {
    const { at, base, sequence, left } = this.#navigator;
    this.#at = at | 0;
    this.#base = base;
    this.#sequence = sequence;
    this.#left = left;
  }

  #onNothing(): void {
    const { final } = this.#navigator;
    if (final === null) this.#timeout.onEmptyPoll(this.#path);
    else this.#endReporter.report(final);
  }

  #publishPosition(): void {
    if (this.#closed || this.#level > 0) return;
    if (this.#slot === null) this.#observerSlot?.publish(this.position / RING_WORD);
    else if (this.#slot.publish(this.position / RING_WORD)) this.#resources.spaceAvailable?.ring();
  }
}
