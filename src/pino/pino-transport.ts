/**
 * A pino transport: each line of the log becomes a record of a channel. pino runs it in a worker thread and passes it
 * text in pieces of any length; docs/guides/pino.md.
 *
 * INV-PINO-01: a piece is acknowledged to pino only after every complete line of it was published; an incomplete line
 * is published at the latest when the stream ends.
 */
import { Writable } from 'node:stream';
import { type Writer, writeAsync } from '../channel/index.js';
import { everyMs } from '../platform/index.js';
import { LineSplitter } from './line-splitter.js';
import {
  openTransportChannel,
  type PinoTransportOptions,
  resolveTransportOptions,
} from './transport-options.js';

export type { PinoTransportOptions } from './transport-options.js';

/** Heartbeats per timeout of silence. Readers use them to distinguish a quiet logger from a dead one. */
const HEARTBEATS_PER_TIMEOUT = 4;

/**
 * Creates or resumes the channel and returns the stream that pino writes to.
 * @throws RingwireError like the writer of the kind; `INVALID_ARGUMENT` for invalid options
 */
export async function pinoTransport(options: PinoTransportOptions): Promise<Writable> {
  const resolved = resolveTransportOptions(options);
  const { writer, leave } = openTransportChannel(resolved);
  const lines = new LineSplitter(writer.header.maxMessageLength);
  const stop = new AbortController();
  let written = writer.writeOffset;
  const beat = everyMs(resolved.timeoutMs / HEARTBEATS_PER_TIMEOUT, () => {
    if (writer.writeOffset === written) sendHeartbeat(writer);
    written = writer.writeOffset;
  }).unref();

  async function publish(records: readonly Buffer[]): Promise<void> {
    for (const record of records) {
      if (writer.tryWrite(record) <= 0) await writeAsync(writer, record, { signal: stop.signal });
    }
  }

  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      publish(lines.take(chunk)).then(() => done(), done);
    },
    final(done) {
      publish(lines.end()).then(() => done(), done);
    },
    destroy(error, done) {
      beat.stop();
      stop.abort();
      try {
        leave();
        done(error);
      } catch (failure) {
        done(error ?? (failure as Error));
      }
    },
  });
  // `logger.flush(callback)` waits for this event.
  return Object.assign(stream, {
    flush: () =>
      new Promise<void>((resolve, reject) =>
        afterWrites(stream, () => writer.flushAsync().then(resolve, reject)),
      ),
  });
}

/** Calls back when all data passed to the stream so far is written. */
function afterWrites(stream: Writable, callback: () => void): void {
  if (stream.writableLength === 0) callback();
  else stream.write('', () => callback());
}

/** Publishes a heartbeat. A full log or blocking readers may refuse it without harm. */
function sendHeartbeat(writer: Writer): void {
  try {
    writer.heartbeat();
  } catch {
    // The next line reports the error.
  }
}
