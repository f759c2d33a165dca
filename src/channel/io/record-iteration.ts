/** Waiting iteration over any reader. */
import { DoorbellIdle } from '../../platform/index.js';
import type { Reader, RecordHandler, RecordsOptions } from '../core/reader.js';
import { RecordCopies } from './record-copies.js';

/** What can be iterated: a reader, or something that reads from one. */
export interface RecordSource<T> extends Pick<Reader, 'doorbell' | 'endReason'> {
  tryRead(): T | null;
}

/** Records handed out between two turns of the event loop. */
const BURST = 256;

/**
 * One record is read at a time, so whoever leaves the loop early finds the reader right behind the last record it
 * was given.
 * @throws what `tryRead` throws
 */
export async function* iterateRecords<T>(
  reader: RecordSource<T>,
  { signal, idle = new DoorbellIdle(reader) }: RecordsOptions = {},
): AsyncGenerator<T, void, undefined> {
  const interrupt = () => reader.doorbell?.ringNow();
  signal?.addEventListener('abort', interrupt, { once: true });
  let burst = 0;
  try {
    while (!signal?.aborted) {
      const record = burst < BURST ? reader.tryRead() : null;
      if (record !== null) {
        burst++;
        yield record;
      } else if (burst === 0 && reader.endReason !== null) {
        return;
      } else {
        await idle.idleAsync(burst);
        burst = 0;
      }
    }
  } finally {
    signal?.removeEventListener('abort', interrupt);
  }
}

export interface BatchesOptions extends RecordsOptions {
  /** The most records in one batch, from 1; default 256. */
  readonly limit?: number;
}

/** What can be iterated in batches. */
export interface BatchSource<T> extends Pick<Reader, 'doorbell' | 'endReason'> {
  /** What is there, at most `limit`; never waits. */
  readBatch(limit: number): T[];
}

/**
 * What is there, in batches, waiting for more until the source ends or the signal aborts. A batch is never empty.
 * @throws what `readBatch` throws
 */
export async function* iterateBatches<T>(
  source: BatchSource<T>,
  { signal, idle = new DoorbellIdle(source), limit = BURST }: BatchesOptions = {},
): AsyncGenerator<T[], void, undefined> {
  const interrupt = () => source.doorbell?.ringNow();
  signal?.addEventListener('abort', interrupt, { once: true });
  try {
    let idled = true;
    while (!signal?.aborted) {
      const batch = source.readBatch(limit);
      if (batch.length > 0) {
        yield batch;
        // The event loop gets its turn even while records never end.
        if (batch.length === limit) await idle.idleAsync(limit);
        idled = false;
      } else if (idled && source.endReason !== null) {
        return;
      } else {
        await idle.idleAsync(0);
        idled = true;
      }
    }
  } finally {
    signal?.removeEventListener('abort', interrupt);
  }
}

/**
 * Copies of the records that are there, in batches, waiting for more until the channel ends or the signal aborts: the
 * fast way to iterate. A batch is never empty.
 * @throws like {@link Reader.poll}
 */
export function recordBatches(
  reader: Reader,
  options?: BatchesOptions,
): AsyncGenerator<Buffer[], void, undefined> {
  return iterateBatches(new CopiedBatches(reader), options);
}

/** Bytes that short records of batches share. */
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
