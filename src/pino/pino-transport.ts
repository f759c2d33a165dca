/**
 * A pino transport: each line of the log becomes a record of a channel. pino runs it in a worker thread and hands it
 * text in pieces of any length; docs/guides/pino.md.
 *
 * INV-PINO-01: a piece is taken back to pino only when every whole line of it was published; what it began of a line is
 * published at the latest when the stream ends.
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

/** Heartbeats in silence, so that readers distinguish a quiet logger from a dead one. */
const HEARTBEATS_PER_TIMEOUT = 4;

/**
 * Creates or resumes the channel and returns the stream that pino writes to.
 * @throws RingwireError like the writer of the kind; `INVALID_ARGUMENT` for options that are wrong
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
  // What `logger.flush(callback)` waits for.
  return Object.assign(stream, {
    flush: () =>
      new Promise<void>((resolve, reject) =>
        afterWrites(stream, () => writer.flushAsync().then(resolve, reject)),
      ),
  });
}

/** Calls back when everything that was handed to the stream so far has been written. */
function afterWrites(stream: Writable, callback: () => void): void {
  if (stream.writableLength === 0) callback();
  else stream.write('', () => callback());
}

/** A full log, or readers that block the writer, show that it lives as well as a heartbeat would. */
function sendHeartbeat(writer: Writer): void {
  try {
    writer.heartbeat();
  } catch {
    // The next line reports it.
  }
}
