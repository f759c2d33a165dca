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

  /** @returns a promise only if the writer must wait: a promise for each record costs as much as the record */
  function take(chunk: unknown): Promise<void> | undefined {
    if (mode === 'records') return put(recordOf(chunk));
    return mode === 'bytes' ? putEach(partsOf(bytesOf(chunk), most)) : putEach(recordsOf(chunk));
  }

  function put(record: Uint8Array | string): Promise<void> | undefined {
    const taken = typeof record === 'string' ? writer.tryWriteUtf8(record) : writer.tryWrite(record);
    return taken > 0 ? undefined : wait(bytesOf(record));
  }

  async function wait(record: Uint8Array): Promise<void> {
    await writeAsync(writer, record, { signal: stop.signal });
  }

  function putEach(records: Iterator<Uint8Array | string>): Promise<void> | undefined {
    for (let next = records.next(); !next.done; next = records.next()) {
      const waiting = put(next.value);
      if (waiting !== undefined) return waiting.then(() => putEach(records));
    }
    return undefined;
  }

  const stream = new Writable({
    objectMode: mode !== 'bytes',
    ...(highWaterMark === undefined ? {} : { highWaterMark }),
    write(chunk, _encoding, done) {
      try {
        const waiting = take(chunk);
        if (waiting === undefined) done();
        else waiting.then(() => done(), done);
      } catch (error) {
        done(error as Error);
      }
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

function* recordsOf(chunk: unknown): Generator<Uint8Array | string, void> {
  for (const record of chunk as Iterable<unknown>) yield recordOf(record);
}

function* partsOf(bytes: Uint8Array, most: number): Generator<Uint8Array, void> {
  for (let at = 0; at < bytes.length; at += most) yield bytes.subarray(at, at + most);
}

/** Refuses an empty record: a writer would publish a heartbeat and silently drop the record. */
function recordOf(chunk: unknown): Uint8Array | string {
  const record = typeof chunk === 'string' ? chunk : bytesOf(chunk);
  if (record.length > 0) return record;
  throw new RingwireError('INVALID_ARGUMENT', 'a record must have at least 1 byte: skip empty chunks');
}

function bytesOf(chunk: unknown): Uint8Array {
  if (typeof chunk === 'string') return Buffer.from(chunk);
  if (chunk instanceof Uint8Array) return chunk;
  throw new TypeError('a record must be a Uint8Array, Buffer or string');
}
