/** The last records of many, in a fixed piece of memory. */
import type { RecordAnswer } from '../api/answers.js';

/** Bytes of a record that are kept. */
export const PREVIEW_BYTES = 4096;

/** Keeps the last `limit` records that were added. */
export class LastRecords {
  readonly #limit: number;
  readonly #bytes: Buffer;
  readonly #positions: Float64Array;
  readonly #lengths: Float64Array;
  #added = 0;

  constructor(limit: number) {
    this.#limit = limit;
    this.#bytes = Buffer.allocUnsafe(limit * PREVIEW_BYTES);
    this.#positions = new Float64Array(limit);
    this.#lengths = new Float64Array(limit);
  }

  /** Records that were replaced by later ones since {@link take}. */
  get replaced(): number {
    return Math.max(0, this.#added - this.#limit);
  }

  /** Copies the first bytes of a record. */
  add(source: Buffer, offset: number, length: number, position: number): void {
    const slot = this.#added++ % this.#limit;
    this.#positions[slot] = position;
    this.#lengths[slot] = length;
    source.copy(this.#bytes, slot * PREVIEW_BYTES, offset, offset + Math.min(length, PREVIEW_BYTES));
  }

  /** The records, oldest first; empties the memory. */
  take(): RecordAnswer[] {
    const records: RecordAnswer[] = [];
    for (let i = this.replaced; i < this.#added; i++) records.push(this.#record(i % this.#limit));
    this.#added = 0;
    return records;
  }

  #record(slot: number): RecordAnswer {
    const length = this.#lengths[slot] as number;
    const start = slot * PREVIEW_BYTES;
    const data = this.#bytes.toString('base64', start, start + Math.min(length, PREVIEW_BYTES));
    return { position: this.#positions[slot] as number, length, data };
  }
}
