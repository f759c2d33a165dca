/** Waiting iteration over any reader. */
import { DoorbellIdle } from '../memory/index.js';
import type { Reader, RecordHandler, RecordsOptions } from './reader.js';

/** What can be iterated: a reader, or something that reads from one. */
export interface RecordSource<T> extends Pick<Reader, 'doorbell' | 'exhausted'> {
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
      } else if (burst === 0 && reader.exhausted !== null) {
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

/** Bytes allocated at a time for the copies in batches. */
const CHUNK = 65_536;

/**
 * Copies of the records that are there, in batches, waiting for more until the channel ends or the signal aborts: the
 * fast way to iterate. A batch is never empty.
 * @throws like {@link Reader.poll}
 */
export async function* recordBatches(
  reader: Reader,
  { signal, idle = new DoorbellIdle(reader), limit = BURST }: BatchesOptions = {},
): AsyncGenerator<Buffer[], void, undefined> {
  const interrupt = () => reader.doorbell?.ringNow();
  signal?.addEventListener('abort', interrupt, { once: true });
  let chunk = Buffer.allocUnsafeSlow(CHUNK);
  let used = 0;
  let batch: Buffer[] = [];
  const take: RecordHandler = (buffer, offset, length) => {
    if (length > chunk.length - used) {
      chunk = Buffer.allocUnsafeSlow(Math.max(CHUNK, length));
      used = 0;
    }
    buffer.copy(chunk, used, offset, offset + length);
    batch.push(chunk.subarray(used, used + length));
    used += length;
  };
  try {
    let idled = true;
    while (!signal?.aborted) {
      const count = reader.poll(take, limit);
      if (count > 0) {
        const full = batch;
        batch = [];
        yield full;
        // The event loop gets its turn even while records never end.
        if (count === limit) await idle.idleAsync(count);
        idled = false;
      } else if (idled && reader.exhausted !== null) {
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
