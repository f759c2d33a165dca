/** A Node `Writable` over any writer. */
import { Writable } from 'node:stream';
import { type Writer, writeAsync } from '../channel/index.js';

export interface RecordWritableOptions {
  /**
   * What a chunk is. `records` (default): a Uint8Array or string that becomes one record, in object mode. `batches`: an
   * array of them. `bytes`: bytes without borders, cut into records of at most `header.maxMessageLength`.
   */
  readonly mode?: 'records' | 'batches' | 'bytes';
  /** Destroys the stream with an AbortError. */
  readonly signal?: AbortSignal;
  readonly highWaterMark?: number;
  /** Close the writer, and so the channel, when the stream ends. Default true. */
  readonly closeWriter?: boolean;
}

/** A chunk is done when the channel has taken it: readers that hold the writer hold the stream. */
export function recordWritable(writer: Writer, options: RecordWritableOptions = {}): Writable {
  const { mode = 'records', signal, highWaterMark, closeWriter = true } = options;
  const stop = new AbortController();
  const most = writer.header.maxMessageLength;

  async function take(chunk: unknown): Promise<void> {
    if (mode === 'batches') {
      for (const record of chunk as Iterable<unknown>) await put(bytesOf(record));
    } else if (mode === 'records') await put(bytesOf(chunk));
    else {
      const bytes = bytesOf(chunk);
      for (let at = 0; at < bytes.length; at += most) await put(bytes.subarray(at, at + most));
    }
  }

  function put(record: Uint8Array): Promise<unknown> | undefined {
    // Most records find room at once and cost no promise.
    return writer.tryWrite(record) > 0 ? undefined : writeAsync(writer, record, { signal: stop.signal });
  }

  return new Writable({
    objectMode: mode !== 'bytes',
    ...(highWaterMark === undefined ? {} : { highWaterMark }),
    ...(signal === undefined ? {} : { signal }),
    write(chunk, _encoding, done) {
      take(chunk).then(() => done(), done);
    },
    final(done) {
      try {
        if (closeWriter) writer.close();
        done();
      } catch (error) {
        done(error as Error);
      }
    },
    destroy(error, done) {
      stop.abort();
      try {
        if (closeWriter) writer.close();
        done(error);
      } catch (failure) {
        done(error ?? (failure as Error));
      }
    },
  });
}

function bytesOf(chunk: unknown): Uint8Array {
  if (typeof chunk === 'string') return Buffer.from(chunk);
  if (chunk instanceof Uint8Array) return chunk;
  throw new TypeError('a record must be a Uint8Array, Buffer or string');
}
