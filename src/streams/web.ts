/** Two channels as one stream, and web streams: made of the Node streams, by Node. */
import { Duplex, Readable, Writable } from 'node:stream';
import type { ReadableStream, WritableStream } from 'node:stream/web';
import type { Reader, Writer } from '../channel/index.js';
import { type RecordReadableOptions, recordReadable } from './record-readable.js';
import { type RecordWritableOptions, recordWritable } from './record-writable.js';

/**
 * One stream over two channels: written chunks go to `writer`, read chunks come from `reader`. It ends and fails as
 * {@link recordReadable} and {@link recordWritable} do.
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
 * A web `ReadableStream` over {@link recordReadable}: it closes when the writer has closed the channel and errors when
 * the writer is dead. Cancelling it closes the reader.
 */
export function recordReadableStream(reader: Reader, options?: RecordReadableOptions): ReadableStream {
  return Readable.toWeb(recordReadable(reader, options));
}

/** A web `WritableStream` over {@link recordWritable}; closing it closes the channel. */
export function recordWritableStream(writer: Writer, options?: RecordWritableOptions): WritableStream {
  return Writable.toWeb(recordWritable(writer, options));
}
