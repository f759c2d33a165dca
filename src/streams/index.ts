export { type RecordReadableOptions, recordReadable } from './record-readable.js';
export { type RecordWritableOptions, recordWritable } from './record-writable.js';
export { recordDuplex, recordReadableStream, recordWritableStream } from './web.js';
