/** Waiting iteration over any reader. */
import { DoorbellIdle } from '../memory/index.js';
import type { Reader, RecordsOptions } from './reader.js';

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
