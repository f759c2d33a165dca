/** Reading one record as a copy: what `tryRead` of every reader is. */
import type { RecordHandler } from '../core/reader.js';
import { RecordCopies } from './record-copies.js';

/** Bytes that short records share. */
const PIECE = 8192;

/** Reads single records as copies. */
export class RecordCopier {
  readonly #copies = new RecordCopies(PIECE);
  #record: Buffer | null = null;
  readonly #take: RecordHandler = (buffer, offset, length) => {
    this.#record = this.#copies.take(buffer, offset, length);
  };

  /** A copy of the next record of `reader`, or null when there is none now. @throws what its `poll` throws */
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
