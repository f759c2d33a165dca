/** A Node `Readable` over any reader. */
import { Readable } from 'node:stream';
import { type Reader, recordBatches } from '../channel/index.js';

export interface RecordReadableOptions {
  /**
   * What a chunk is. `records` (default): one record, in object mode. `batches`: an array of records, in object mode;
   * the fastest. `bytes`: the bytes of the records one after the other.
   */
  readonly mode?: 'records' | 'batches' | 'bytes';
  /** Destroys the stream with an AbortError. */
  readonly signal?: AbortSignal;
  /** Records, batches or bytes read ahead; the default of Node for the mode. */
  readonly highWaterMark?: number;
  /** The most records taken from the reader at a time; default 256. */
  readonly batch?: number;
  /** Close the reader when the stream ends or is destroyed. Default true. */
  readonly closeReader?: boolean;
}

/**
 * Ends when the channel does. Nothing is read that is not asked for, but for one batch; a registered reader of a
 * back-pressure ring so holds its writer when the stream is not consumed. Damage destroys the stream with the reader's
 * error, after every sound record.
 */
export function recordReadable(reader: Reader, options: RecordReadableOptions = {}): Readable {
  const { mode = 'records', signal, highWaterMark, batch, closeReader = true } = options;
  const stop = new AbortController();
  const batches = recordBatches(reader, {
    signal: stop.signal,
    ...(batch === undefined ? {} : { limit: batch }),
  });
  let pending: readonly Buffer[] = [];
  let next = 0;
  let busy = false;

  /** @returns whether the stream wants more */
  function pushPending(stream: Readable): boolean {
    if (mode === 'batches') {
      const whole = pending;
      pending = [];
      return whole.length === 0 || stream.push(whole);
    }
    while (next < pending.length) if (!stream.push(pending[next++])) return false;
    return true;
  }

  async function pump(stream: Readable): Promise<void> {
    busy = true;
    try {
      while (pushPending(stream)) {
        const { done, value } = await batches.next();
        if (done || stop.signal.aborted) {
          stream.push(null);
          return;
        }
        pending = value;
        next = 0;
      }
    } catch (error) {
      stream.destroy(error as Error);
    } finally {
      busy = false;
    }
  }

  return new Readable({
    objectMode: mode !== 'bytes',
    ...(highWaterMark === undefined ? {} : { highWaterMark }),
    ...(signal === undefined ? {} : { signal }),
    read() {
      if (!busy) void pump(this);
    },
    destroy(error, done) {
      stop.abort();
      batches.return().then(
        () => {
          if (closeReader) reader.close();
          done(error);
        },
        (failure) => done(error ?? (failure as Error)),
      );
    },
  });
}
