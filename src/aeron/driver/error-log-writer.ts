/** Writes the distinct error log: a repeated error is counted. Source: Aeron 1.53 `DistinctErrorLog`. */
import type { Section } from '../client/section.js';

const HEADER_LENGTH = 24;
const COUNT_OFFSET = 4;
const LAST_OFFSET = 8;
const FIRST_OFFSET = 16;

/** The writing side of the error log. */
export class ErrorLogWriter {
  readonly #section: Section;
  readonly #known = new Map<string, number>();
  #next = 0;

  constructor(section: Section) {
    this.#section = section;
  }

  /** Records an error. @param nowMillis Unix milliseconds. @returns false when the log is full */
  record(text: string, nowMillis: number): boolean {
    let at = this.#known.get(text);
    if (at === undefined) {
      const bytes = Buffer.from(text);
      const length = HEADER_LENGTH + bytes.length;
      if (this.#next + length > this.#section.length) return false;
      at = this.#next;
      bytes.copy(this.#section.bytes, at + HEADER_LENGTH);
      this.#section.store64(at + FIRST_OFFSET, BigInt(nowMillis));
      this.#section.store32(at, length);
      this.#known.set(text, at);
      this.#next += Math.ceil(length / 8) * 8;
    }
    Atomics.add(this.#section.i32, (at + COUNT_OFFSET) / 4, 1);
    this.#section.store64(at + LAST_OFFSET, BigInt(nowMillis));
    return true;
  }
}
