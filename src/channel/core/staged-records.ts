/**
 * Records that a writer stages one after another and then publishes with one ordered store. Each begins with a word of
 * two halves: its length, and in a ring the low half of its sequence number. They are plain stores.
 *
 * INV-STAGE-01: the word of the first staged record is stored by the publication, and last. The word that is there until then
 * ends what readers and the next writer take for records.
 */
import { WORD } from './record-header.js';

/** Word index after which no record fits: nothing is staged. */
const NONE = 0x3fff_ffff;

/** The staged records of one writer. Positions are indexes of 8-byte words in the data area. */
export class StagedRecords {
  readonly #halves: Int32Array;
  readonly #maxLength: number = 0;
  /** Difference of the second halves of two consecutive records. */
  readonly #step: number = 0;
  /** Word index after the last record, or {@link NONE}. */
  #next = NONE;
  /** Word index at which the last record must end at the latest. */
  #end = 0;
  /** Second half of the word of the next record. */
  #second = 0;
  #first = 0;
  #firstLength = 0;

  /** `halves`: the data area. `step`: difference of the second halves of two consecutive records. */
  constructor(halves: Int32Array, maxLength: number, step: 0 | 1) {
    this.#halves = halves;
    this.#maxLength = maxLength;
    this.#step = step;
  }

  /** Whether nothing is staged. */
  get isEmpty(): boolean {
    return this.#next === NONE;
  }

  /** Word index of the first record. */
  get first(): number {
    return this.#first;
  }

  /** Length of the first record in bytes. */
  get firstLength(): number {
    return this.#firstLength;
  }

  /** Word index after the last record. */
  get next(): number {
    return this.#next;
  }

  /** Second half of the word of the next record. */
  get second(): number {
    return this.#second;
  }

  /**
   * Stages the first record, at word index `first`. The caller has checked `length` and the space. `end`: word index at
   * which the last record must end at the latest. `second`: second half of the word of this record.
   * @returns offset of its payload in the data area, in bytes
   */
  begin(first: number, end: number, length: number, second: number): number {
    this.#first = first;
    this.#firstLength = length;
    this.#next = first + ((length + 15) >>> 3);
    this.#end = end;
    this.#second = (second + this.#step) | 0;
    return (first + 1) * WORD;
  }

  /**
   * Stages one more record.
   * @returns offset of its payload in the data area, in bytes; 0 if nothing is staged, for a length that no record of
   * the channel has, and without space before the end
   */
  add(length: number): number {
    const at = this.#next;
    const next = at + ((length + 15) >>> 3);
    if (next > this.#end || length > this.#maxLength || length >>> 0 !== length || length === 0) return 0;
    const halves = this.#halves;
    halves[at << 1] = length;
    halves[(at << 1) + 1] = this.#second;
    this.#second = (this.#second + this.#step) | 0;
    this.#next = next;
    return (at + 1) * WORD;
  }

  /** Moves the end. */
  extend(end: number): void {
    this.#end = end;
  }

  /** Nothing is staged any more. */
  clear(): void {
    this.#next = NONE;
  }
}
