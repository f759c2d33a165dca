/**
 * Slow path of a log reader: examines one position and finds a record, a heartbeat, or the reason why the log ends.
 * The fast path of the reader handles runs of records.
 *
 * INV-READ-03: the high half of a word is loaded first, with acquire; a high half of 0 makes the low half the length.
 * INV-READ-05: one look skips a bounded number of zeros, whatever the file contains; the heartbeats that it found are
 * counted in one step.
 */
import type { RingwireError } from '../../platform/index.js';
import { closedByWriter } from '../core/reader-errors.js';
import { WORD } from '../core/record-header.js';
import { classifyWord, endOfZeros, Word } from './classify-word.js';
import { corruptLog, truncatedLog } from './log-errors.js';
import type { LogFile } from './log-file.js';
import { recordSize } from './log-record-layout.js';

/** Maximum number of zero words that one look skips to distinguish heartbeats from a hole: 128 MiB, some 50 ms. */
const ZEROS_PER_LOOK = 2 ** 24;

/**
 * Result of a look. `Nothing`: no record yet. `Full`: the end of the data area. `End`: {@link LogLook.final} has the
 * reason. `Undecided`: one look did not reach the end of the zeros.
 */
export const Found = { Record: 0, Heartbeat: 1, Nothing: 2, Full: 3, End: 4, Undecided: 5 } as const;
/** One of the results of a look. */
export type Found = (typeof Found)[keyof typeof Found];

/** Examines single positions of one log. */
export class LogLook {
  /** Length in bytes of the record that {@link at} found. */
  length = 0;
  /** Reason of the end of the log, closed or damaged; null while more records may follow. */
  final: RingwireError | null = null;
  readonly #file: LogFile;
  /** The readable part of the data area, in halves of words, and its length in bytes. */
  #i32: Int32Array;
  readonly #bytes: number;
  /** The last skipped run of zeros: its first index, and the index after it. */
  #zerosFrom = 0;
  #zeros = 0;

  constructor(file: LogFile, i32: Int32Array, bytes: number) {
    this.#file = file;
    this.#i32 = i32;
    this.#bytes = bytes;
  }

  /**
   * One step of docs/format.md, "Reading", at an index in halves. Moves no position; sets {@link length} or
   * {@link final}.
   */
  at(at: number): Found {
    if (this.final !== null) return Found.End;
    const i32 = this.#i32;
    if (at + 2 > i32.length) return this.#truncated(at, 'no room for the word of the next record');
    const { capacity, maxMessageLength } = this.#file.header;
    let high = Atomics.load(i32, at + 1);
    let low = Atomics.load(i32, at) >>> 0;
    if (high !== 0 && classifyWord(high, low, maxMessageLength) === Word.Invalid) {
      high = Atomics.load(i32, at + 1);
      low = Atomics.load(i32, at) >>> 0;
    }
    const length = classifyWord(high, low, maxMessageLength);
    if (length === Word.Watermark) return at * 4 === capacity ? Found.Full : Found.Nothing;
    if (length === Word.Close) return this.#end(closedByWriter(this.#file.path, at * 4));
    if (length === Word.Invalid)
      return this.#corrupt(at, high, low, 'the word is neither a valid length nor a marker');
    if (at * 4 + recordSize(length) > capacity)
      return this.#corrupt(at, high, low, 'the record ends after the data area');
    if (at * 4 + WORD + length > this.#bytes) return this.#truncated(at, 'the file ends inside a record');
    this.length = length;
    return length === 0 ? this.#heartbeatOrHole(at) : Found.Record;
  }

  /** Number of heartbeats from an index at which {@link at} found one. */
  heartbeatsFrom(at: number): number {
    return (this.#zeros - at) >> 1;
  }

  /** Releases the memory of the channel. */
  clear(): void {
    this.#i32 = new Int32Array(0);
  }

  /**
   * Decides between heartbeats and a hole. Heartbeats are zeros with another word after them in the data area; zeros
   * up to its end are a hole in the file.
   */
  #heartbeatOrHole(at: number): Found {
    const i32 = this.#i32;
    const isInRun = at >= this.#zerosFrom && at < this.#zeros;
    if (!isInRun) this.#zerosFrom = at;
    const from = isInRun ? this.#zeros : at;
    const end = Math.min(i32.length, from + 2 * ZEROS_PER_LOOK);
    const reached = endOfZeros(i32, from, end);
    if (reached + 2 > i32.length) {
      if (reached * 4 > this.#file.header.capacity) return this.#corrupt(at, 0, 0, 'hole');
      return this.#truncated(at, 'zeros extend to the end of the file');
    }
    // Count the word already read as zero, even if another process has changed it since.
    this.#zeros = Math.max(reached, at + 2);
    return reached === end ? Found.Undecided : Found.Heartbeat;
  }

  #corrupt(at: number, high: number, low: number, reason: string): Found {
    return this.#end(corruptLog(this.#file.path, at * 4, { high, low }, reason));
  }

  #truncated(at: number, reason: string): Found {
    return this.#end(truncatedLog(this.#file, at * 4, reason));
  }

  #end(error: RingwireError): Found {
    this.final = error;
    return Found.End;
  }
}
