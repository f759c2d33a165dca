/** A Node `Readable` over any reader. */
import { Readable } from 'node:stream';
import { type Reader, recordBatches } from '../channel/index.js';
import { abortError, onAbort, type RingwireError } from '../platform/index.js';

export interface RecordReadableOptions {
  /**
   * What a chunk is. `records` (default): one record, in object mode. `batches`: an array of records, in object mode;
   * the fastest. `bytes`: the bytes of the records one after the other.
   */
  readonly mode?: 'records' | 'batches' | 'bytes';
  /** Destroys the stream with an AbortError. */
  readonly signal?: AbortSignal;
  /** Records, batches or bytes read ahead, from 0; the default of Node for the mode. */
  readonly highWaterMark?: number;
  /** The largest number of records taken from the reader at a time, from 1; default 256. */
  readonly batch?: number;
  /** Close the reader when the stream ends or is destroyed. Default true. */
  readonly closeReader?: boolean;
  /**
   * Called once in each silence that is longer than the timeout of the channel, while the writer lives or its state is
   * unknown. The stream also emits the event `late` with the same error. The stream waits on.
   */
  readonly onLate?: (timeout: RingwireError) => void;
}

/**
 * Makes a stream of the records of a channel. It ends when the writer has closed the channel, and only then. A dead
 * writer destroys the stream with the `TIMEOUT` of its reader, so that `pipeline()` fails; damage destroys it after
 * every sound record. A writer that lives and is silent is waited for: event `late`.
 *
 * Nothing is read before it is asked for, except one batch: a registered reader of a back-pressure ring blocks its
 * writer while the stream is not consumed.
 * @example
 * await pipeline(recordReadable(reader, { mode: 'bytes' }), fs.createWriteStream('copy'));
 */
export function recordReadable(reader: Reader, options: RecordReadableOptions = {}): Readable {
  const { mode = 'records', signal, highWaterMark, batch, closeReader = true, onLate } = options;
  const stop = new AbortController();
  let stopListening = () => {};
  const batches = recordBatches(reader, {
    signal: stop.signal,
    onLate(timeout) {
      onLate?.(timeout);
      stream.emit('late', timeout);
    },
    ...(batch === undefined ? {} : { limit: batch }),
  });
  let pending: readonly Buffer[] = [];
  let next = 0;
  let busy = false;

  /** @returns whether the stream wants more */
  function pushPending(): boolean {
    if (mode === 'batches') {
      const whole = pending;
      pending = [];
      return whole.length === 0 || stream.push(whole);
    }
    while (next < pending.length) if (!stream.push(pending[next++])) return false;
    return true;
  }

  async function pump(): Promise<void> {
    busy = true;
    try {
      while (pushPending()) {
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

  const stream = new Readable({
    objectMode: mode !== 'bytes',
    ...(highWaterMark === undefined ? {} : { highWaterMark }),
    read() {
      if (!busy) void pump();
    },
    destroy(error, done) {
      stopListening();
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
  stopListening = onAbort(signal, () => stream.destroy(abortError(signal as AbortSignal)));
  return stream;
}
