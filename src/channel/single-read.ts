/** Reading one record as a copy: what `tryRead` of every reader is. */
import type { RecordHandler } from './reader.js';

export class SingleRead {
  #record: Buffer | null = null;
  readonly #take: RecordHandler = (buffer, offset, length) => {
    const record = Buffer.allocUnsafe(length);
    buffer.copy(record, 0, offset, offset + length);
    this.#record = record;
  };

  /** A copy of the next record of `reader`, or null when there is none now. @throws what its `poll` throws */
  from(reader: { poll(handler: RecordHandler, limit: number): number }): Buffer | null {
    const count = reader.poll(this.#take, 1);
    const record = count === 0 ? null : this.#record;
    this.#record = null;
    return record;
  }
}
