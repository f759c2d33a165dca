/** Two channels as one stream, and web streams: made of the Node streams, by Node. */
import { Duplex, Readable, Writable } from 'node:stream';
import type { ReadableStream, WritableStream } from 'node:stream/web';
import type { Reader, Writer } from '../channel/index.js';
import { type RecordReadableOptions, recordReadable } from './record-readable.js';
import { type RecordWritableOptions, recordWritable } from './record-writable.js';

/** What is written goes to one channel, what is read comes from another. */
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

/** A web `ReadableStream`; cancelling it closes the reader. */
export function recordReadableStream(reader: Reader, options?: RecordReadableOptions): ReadableStream {
  return Readable.toWeb(recordReadable(reader, options));
}

/** A web `WritableStream`; closing it closes the channel. */
export function recordWritableStream(writer: Writer, options?: RecordWritableOptions): WritableStream {
  return Writable.toWeb(recordWritable(writer, options));
}
