/** Writing a ring to disk: the ranges that changed since the last flush. */
import type { Mapping } from '../../../platform/index.js';
import { changedRanges } from './changed-ranges.js';

/** Flushes one ring. A successor does not know what the writer before it flushed: its first flush writes everything. */
export class RingFlusher {
  readonly #mapping: Mapping;
  /** Bytes of the data area. */
  readonly #capacity: number;
  /** Position up to which this writer has flushed, in bytes. */
  #flushed = 0;

  constructor(mapping: Mapping, capacity: number) {
    this.#mapping = mapping;
    this.#capacity = capacity;
  }

  /** Returns when everything before `position`, in bytes, is on disk. @throws RingwireError `FLUSH_FAILED` */
  flush(position: number): void {
    for (const [offset, length] of changedRanges(this.#flushed, position, this.#capacity)) {
      this.#mapping.flush(offset, length);
    }
    this.#flushed = position;
  }

  /** {@link flush} without blocking. All ranges are started at once: a close meanwhile leaves the mapping to them. */
  async flushAsync(position: number): Promise<void> {
    const ranges = changedRanges(this.#flushed, position, this.#capacity);
    await Promise.all(ranges.map(([offset, length]) => this.#mapping.flushAsync(offset, length)));
    if (position > this.#flushed) this.#flushed = position;
  }
}
