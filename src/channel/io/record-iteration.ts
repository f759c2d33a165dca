/** Waiting iteration over a reader of any kind. */
import type { Reader, RecordHandler, RecordsOptions } from '../core/reader.js';
import { RecordCopies } from './record-copies.js';
import { BURST, NONE, WaitingIterator } from './waiting-iterator.js';

/** A source of single records: a reader, or an object that reads from one. */
export interface RecordSource<T> extends Pick<Reader, 'doorbell' | 'endReason'> {
  /** Returns the next record, or null if none is available. */
  tryRead(): T | null;
}

/**
 * Iterates over records and waits for more until the writer closes the channel or the signal aborts. Reads one record
 * at a time: after a `break` the reader is after the last delivered record.
 * @throws like `tryRead`; RingwireError the `endReason` of the reader, unless it is `CLOSED`: `TIMEOUT` when the
 * writer is dead or the timeout of the reader is final
 */
export function iterateRecords<T>(
  reader: RecordSource<T>,
  options: RecordsOptions = {},
): AsyncGenerator<T, void, undefined> {
  return new RecordIterator(reader, options);
}

class RecordIterator<T> extends WaitingIterator<T> {
  readonly #reader: RecordSource<T>;

  constructor(reader: RecordSource<T>, options: RecordsOptions) {
    super(reader, BURST, options);
    this.#reader = reader;
  }

  protected override take(): T | typeof NONE {
    const record = this.#reader.tryRead();
    if (record === null) return NONE;
    this.burst++;
    return record;
  }
}

/** Options of an iteration over batches. */
export interface BatchesOptions extends RecordsOptions {
  /** Maximum number of records in one batch, from 1. Default: 256. */
  readonly limit?: number;
}

/** A source of batches. */
export interface BatchSource<T> extends Pick<Reader, 'doorbell' | 'endReason'> {
  /** Returns the available records, at most `limit`. Does not wait. */
  readBatch(limit: number): T[];
}

/**
 * Iterates over batches and waits for more until the source ends or the signal aborts. A batch is never empty.
 * @throws like `readBatch`; the `endReason` of the source, as in {@link iterateRecords}
 */
export function iterateBatches<T>(
  source: BatchSource<T>,
  options: BatchesOptions = {},
): AsyncGenerator<T[], void, undefined> {
  return new BatchIterator(source, options);
}

class BatchIterator<T> extends WaitingIterator<T[]> {
  readonly #source: BatchSource<T>;
  readonly #limit: number;

  constructor(source: BatchSource<T>, { limit = BURST, ...options }: BatchesOptions) {
    super(source, limit, options);
    this.#source = source;
    this.#limit = limit;
  }

  protected override take(): T[] | typeof NONE {
    const batch = this.#source.readBatch(this.#limit);
    this.burst += batch.length;
    return batch.length > 0 ? batch : NONE;
  }
}

/**
 * Iterates over copies of the records in batches, faster than one by one. Waits for more until the writer closes the
 * channel or the signal aborts. A batch is never empty.
 * @throws like {@link Reader.poll}; RingwireError `TIMEOUT` when the writer is dead or the timeout is final
 */
export function recordBatches(
  reader: Reader,
  options?: BatchesOptions,
): AsyncGenerator<Buffer[], void, undefined> {
  return iterateBatches(new CopiedBatches(reader), options);
}

/** Length in bytes of the memory that short records of batches share. */
const PIECE = 65_536;

class CopiedBatches implements BatchSource<Buffer> {
  readonly #reader: Reader;
  readonly #copies = new RecordCopies(PIECE);
  #batch: Buffer[] = [];
  readonly #take: RecordHandler = (buffer, offset, length) => {
    this.#batch.push(this.#copies.take(buffer, offset, length));
  };

  constructor(reader: Reader) {
    this.#reader = reader;
  }

  get doorbell() {
    return this.#reader.doorbell;
  }

  get endReason() {
    return this.#reader.endReason;
  }

  readBatch(limit: number): Buffer[] {
    this.#batch = [];
    this.#reader.poll(this.#take, limit);
    return this.#batch;
  }
}
