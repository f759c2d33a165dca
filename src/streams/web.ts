/** Duplex streams over two channels, and web streams, which Node creates from Node streams. */
import { Duplex, Readable, Writable } from 'node:stream';
import type { ReadableStream, WritableStream } from 'node:stream/web';
import type { Reader, Writer } from '../channel/index.js';
import { type RecordReadableOptions, recordReadable } from './record-readable.js';
import { type RecordWritableOptions, recordWritable } from './record-writable.js';

/**
 * Creates one stream over two channels: written chunks go to `writer`, read chunks come from `reader`. It ends and
 * fails like {@link recordReadable} and {@link recordWritable}.
 */
export function recordDuplex(
  reader: Reader,
  writer: Writer,
  options: RecordReadableOptions & RecordWritableOptions = {},
): Duplex {
  return Duplex.from({
    readable: recordReadable(reader, options),
    writable: recordWritable(writer, options),
  });
}

/**
 * Creates a web `ReadableStream` from {@link recordReadable}. It closes when the writer has closed the channel, and
 * fails if the writer is dead. Cancelling it closes the reader.
 */
export function recordReadableStream(reader: Reader, options?: RecordReadableOptions): ReadableStream {
  return Readable.toWeb(recordReadable(reader, options));
}

/** Creates a web `WritableStream` from {@link recordWritable}. Closing it closes the channel. */
export function recordWritableStream(writer: Writer, options?: RecordWritableOptions): WritableStream {
  return Writable.toWeb(recordWritable(writer, options));
}
