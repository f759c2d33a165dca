/** A Node `Readable` for a reader of any kind. */
import { Readable } from 'node:stream';
import { type Reader, recordBatches } from '../channel/index.js';
import { abortError, onAbort, type RingwireError } from '../platform/index.js';

/** Options of {@link recordReadable}. */
export interface RecordReadableOptions {
  /**
   * Content of a chunk. `records` (default): one record, in object mode. `batches`: an array of records, in object
   * mode; the fastest. `bytes`: the bytes of the records without boundaries.
   */
  readonly mode?: 'records' | 'batches' | 'bytes';
  /** Destroys the stream with an AbortError. Default: none. */
  readonly signal?: AbortSignal;
  /** Records, batches or bytes to read ahead, from 0. Default: the default of Node for the mode. */
  readonly highWaterMark?: number;
  /** Maximum number of records per read, from 1. Default: 256. */
  readonly batch?: number;
  /** Close the reader when the stream ends or is destroyed. Default: true. */
  readonly closeReader?: boolean;
  /**
   * Called once in each silence that exceeds the timeout of the channel, while the writer is alive or its state is
   * unknown. The stream also emits the event `late` with the same error, and continues to wait. Default: no call.
   */
  readonly onLate?: (timeout: RingwireError) => void;
}

/**
 * Creates a stream of the records of a channel. It ends only after the writer has closed the channel. A dead
 * writer destroys the stream with the `TIMEOUT` of its reader, so that `pipeline()` fails. Damage destroys it
 * after every sound record. The stream waits for a silent writer that is alive and emits the event `late`.
 *
 * The stream reads at most one batch ahead of its consumer. A registered reader of a back-pressure ring
 * therefore blocks its writer while the stream is not consumed.
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

  /**
   * Pushes pending records.
   * @returns whether the stream accepts more
   */
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
