/** Internal index of src/streams. The entry point of the package is src/index.ts. */
export { type RecordReadableOptions, recordReadable } from './record-readable.js';
export { type RecordWritableOptions, recordWritable } from './record-writable.js';
export { recordDuplex, recordReadableStream, recordWritableStream } from './web.js';
