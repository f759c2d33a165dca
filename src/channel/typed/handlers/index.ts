export { ChainedHandler, link } from './chained-handler.js';
export { ChecksumHandler } from './checksum-handler.js';
export { EncoderHandler } from './encoder-handler.js';
export type { RecordDecorator } from './record-decorator.js';
export { SequenceHandler, type SequenceOptions } from './sequence-handler.js';
export { TimestampHandler } from './timestamp-handler.js';
