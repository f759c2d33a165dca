/** Reads single records as copies, for `tryRead` of every reader. */
import type { RecordHandler } from '../core/reader.js';
import { RecordCopies } from './record-copies.js';

/** Length in bytes of the memory that short records share. */
const PIECE = 8192;

/** Reads single records as copies. */
export class RecordCopier {
  readonly #copies = new RecordCopies(PIECE);
  #record: Buffer | null = null;
  readonly #take: RecordHandler = (buffer, offset, length) => {
    this.#record = this.#copies.take(buffer, offset, length);
  };

  /**
   * Returns a copy of the next record of `reader`, or null if none is available.
   * @throws like its `poll`
   */
  from(reader: { poll(handler: RecordHandler, limit: number): number }): Buffer | null {
    const count = reader.poll(this.#take, 1);
    const record = count === 0 ? null : this.#record;
    this.#record = null;
    return record;
  }

  /** Releases the memory of the channel. */
  clear(): void {
    this.#copies.clear();
  }
}
