/** A Node `Writable` for a writer of any kind. */
import { Writable } from 'node:stream';
import { type Writer, writeAsync } from '../channel/index.js';
import { abortError, onAbort, RingwireError } from '../platform/index.js';

/** Options of {@link recordWritable}. */
export interface RecordWritableOptions {
  /**
   * Content of a chunk. `records` (default): a Uint8Array or string that becomes one record, in object mode.
   * `batches`: an array of them, in object mode. `bytes`: bytes without boundaries, split into records of at most
   * `header.maxMessageLength`.
   */
  readonly mode?: 'records' | 'batches' | 'bytes';
  /** Destroys the stream with an AbortError. Default: none. */
  readonly signal?: AbortSignal;
  /**
   * Chunks or bytes that may wait before `write()` returns false, from 0. Default: the default of Node for the mode.
   */
  readonly highWaterMark?: number;
  /** Close the writer, and so the channel, when the stream ends or is destroyed. Default: true. */
  readonly closeWriter?: boolean;
}

/**
 * Creates a stream that writes its chunks to a channel. A chunk is finished when the channel has taken it:
 * readers that block the writer also block the stream.
 *
 * An empty record destroys the stream with `INVALID_ARGUMENT`, since a channel has no empty records. In mode
 * `bytes` an empty chunk adds nothing. A refusal of the writer destroys the stream with its error.
 * @example
 * await pipeline(fs.createReadStream('data'), recordWritable(writer, { mode: 'bytes' }));
 */
export function recordWritable(writer: Writer, options: RecordWritableOptions = {}): Writable {
  const { mode = 'records', signal, highWaterMark, closeWriter = true } = options;
  const stop = new AbortController();
  let stopListening = () => {};
  const most = writer.header.maxMessageLength;

  async function take(chunk: unknown): Promise<void> {
    if (mode === 'batches') {
      for (const record of chunk as Iterable<unknown>) await put(recordOf(record));
    } else if (mode === 'records') await put(recordOf(chunk));
    else {
      const bytes = bytesOf(chunk);
      for (let at = 0; at < bytes.length; at += most) await put(bytes.subarray(at, at + most));
    }
  }

  function put(record: Uint8Array): Promise<unknown> | undefined {
    // Most records find space at once and need no promise.
    return writer.tryWrite(record) > 0 ? undefined : writeAsync(writer, record, { signal: stop.signal });
  }

  const stream = new Writable({
    objectMode: mode !== 'bytes',
    ...(highWaterMark === undefined ? {} : { highWaterMark }),
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
      stopListening();
      stop.abort();
      try {
        if (closeWriter) writer.close();
        done(error);
      } catch (failure) {
        done(error ?? (failure as Error));
      }
    },
  });
  stopListening = onAbort(signal, () => stream.destroy(abortError(signal as AbortSignal)));
  return stream;
}

/** Refuses an empty record: a writer would publish a heartbeat and silently drop the record. */
function recordOf(chunk: unknown): Uint8Array {
  const bytes = bytesOf(chunk);
  if (bytes.length > 0) return bytes;
  throw new RingwireError('INVALID_ARGUMENT', 'a record must have at least 1 byte: skip empty chunks');
}

function bytesOf(chunk: unknown): Uint8Array {
  if (typeof chunk === 'string') return Buffer.from(chunk);
  if (chunk instanceof Uint8Array) return chunk;
  throw new TypeError('a record must be a Uint8Array, Buffer or string');
}
