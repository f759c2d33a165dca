/** The recording format of `record` and `replay`; docs/format-recording.md. Not an entry point of the package. */
export { Pace } from './pace.js';
export { createRecordingFile, STANDARD_STREAM } from './recording-file.js';
export type { RecordingEnd } from './recording-layout.js';
export { RecordingReader } from './recording-reader.js';
export { RecordingWriter } from './recording-writer.js';
