/** Writing a log to disk: what was published since the last flush. */
import type { Mapping } from '../../../platform/index.js';
import { WORD } from '../../core/record-header.js';
import { DATA_OFFSET } from '../log-record-layout.js';

/** Flushes one log. Positions are in bytes. */
export class LogFlusher {
  readonly #mapping: Mapping;
  /** Position before which everything is on disk. */
  #flushed: number;

  /** `position`: of the first record of this writer. */
  constructor(mapping: Mapping, position: number) {
    this.#mapping = mapping;
    this.#flushed = position;
  }

  /** Returns when everything before `end`, and the marker there, is on disk. @throws RingwireError `FLUSH_FAILED` */
  flush(end: number): void {
    this.#mapping.flush(DATA_OFFSET + this.#flushed, end - this.#flushed + WORD);
    this.#flushed = end;
  }

  /** {@link flush} without blocking. */
  async flushAsync(end: number): Promise<void> {
    await this.#mapping.flushAsync(DATA_OFFSET + this.#flushed, end - this.#flushed + WORD);
    if (end > this.#flushed) this.#flushed = end;
  }
}
