/** Waiting iteration over a reader of any kind. */
import { DoorbellIdle, onAbort } from '../../platform/index.js';
import type { Reader, RecordHandler, RecordsOptions } from '../core/reader.js';
import { EndWatch } from './end-watch.js';
import { RecordCopies } from './record-copies.js';

/** A source of single records: a reader, or an object that reads from one. */
export interface RecordSource<T> extends Pick<Reader, 'doorbell' | 'endReason'> {
  /** Returns the next record, or null if none is available. */
  tryRead(): T | null;
}

/** Records delivered between two turns of the event loop. */
const BURST = 256;

/**
 * Iterates over records and waits for more until the writer closes the channel or the signal aborts. Reads one record
 * at a time: after a `break` the reader is after the last delivered record.
 * @throws like `tryRead`; RingwireError the `endReason` of the reader, unless it is `CLOSED`: `TIMEOUT` when the
 * writer is dead or the timeout of the reader is final
 */
export async function* iterateRecords<T>(
  reader: RecordSource<T>,
  { signal, idle = new DoorbellIdle(reader), onLate }: RecordsOptions = {},
): AsyncGenerator<T, void, undefined> {
  const stopListening = onAbort(signal, () => reader.doorbell?.ringNow());
  const watch = new EndWatch(reader, onLate);
  let burst = 0;
  try {
    while (!signal?.aborted) {
      const record = burst < BURST ? reader.tryRead() : null;
      if (record !== null) {
        burst++;
        watch.reset();
        yield record;
      } else if (burst > 0) {
        await idle.idleAsync(burst);
        burst = 0;
      } else {
        const next = watch.onNothing();
        if (next === 'end') return;
        if (next === 'wait') await idle.idleAsync(0);
      }
    }
  } finally {
    stopListening();
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
export async function* iterateBatches<T>(
  source: BatchSource<T>,
  { signal, idle = new DoorbellIdle(source), limit = BURST, onLate }: BatchesOptions = {},
): AsyncGenerator<T[], void, undefined> {
  const stopListening = onAbort(signal, () => source.doorbell?.ringNow());
  const watch = new EndWatch(source, onLate);
  try {
    while (!signal?.aborted) {
      const batch = source.readBatch(limit);
      if (batch.length > 0) {
        watch.reset();
        yield batch;
        // The event loop must run even if the records never end.
        if (batch.length === limit) await idle.idleAsync(limit);
        continue;
      }
      const next = watch.onNothing();
      if (next === 'end') return;
      if (next === 'wait') await idle.idleAsync(0);
    }
  } finally {
    stopListening();
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
