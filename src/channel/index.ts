export { type ChannelPaths, channelPaths, listChannelIds } from './channel-path.js';
export {
  type ChannelReport,
  type JournalFacts,
  logOwner,
  type VerifyOptions,
  verifyChannel,
} from './channel-report.js';
export {
  type ChannelState,
  type ChannelStatus,
  channelStatus,
  type ObserveOptions,
  observeChannel,
} from './channel-status.js';
export * from './codecs/index.js';
export { removeStaleLock } from './creation-lock.js';
export { type CursorPlace, DurableCursor } from './durable-cursor.js';
export * from './handlers/index.js';
export {
  CHANNEL_HEADER_LENGTH,
  decodeChannelHeader,
  encodeChannelHeader,
  isRingHeader,
} from './header-bytes.js';
export * from './journal/index.js';
export type { ChannelHeader } from './log-header-layout.js';
export type { FileLayout } from './log-limits.js';
export { ShmReader } from './log-reader.js';
export type { LogEnd, LogScan, ScanProgress } from './log-scan.js';
export { ShmWriter } from './log-writer.js';
export { type ChannelKind, channelKind, openReader } from './open-reader.js';
export type { ChannelOptions, ChannelProfile, ReaderOptions, TimeoutPolicy } from './options.js';
export { type ReadIterator, type ReadResult, RetryIter, tryIter } from './read-iterator.js';
export type { Reader, RecordHandler, RecordsOptions } from './reader.js';
export { RecordDecoder } from './record-decoder.js';
export { RecordEncoder } from './record-encoder.js';
export {
  type BatchesOptions,
  type BatchSource,
  iterateBatches,
  iterateRecords,
  type RecordSource,
  recordBatches,
} from './record-iteration.js';
export {
  type RecoverOptions,
  type RecoveryAction,
  type RecoveryReport,
  recoverChannel,
} from './recover-channel.js';
export type { ResumeOptions } from './resume-log.js';
export { RetryWriter, type RetryWriterHandle } from './retry-writer.js';
export type { Lap, LapCounts } from './ring-laps.js';
export type { RingHeader, RingPolicy, StuckReaderPolicy } from './ring-layout.js';
export type { RingOptions, RingReaderOptions, RingResumeOptions, RingStart } from './ring-options.js';
export type { RingPlace } from './ring-places.js';
export { RingReader } from './ring-reader.js';
export type { RingReport } from './ring-report.js';
export type { RegisteredReader } from './ring-slots.js';
export { type RingReaderReport, RingView } from './ring-view.js';
export { RingWriter } from './ring-writer.js';
export { writeWhenRoom } from './room.js';
export {
  isTickUnit,
  nanosToTicks,
  TickUnit,
  ticksToMillis,
  tickUnitFromId,
  unixTicks,
} from './tick-unit.js';
export { TimeoutReader, type TimeoutReaderOptions } from './timeout-reader.js';
export { TypedReader, type TypedRecord } from './typed-reader.js';
export { TypedWriter } from './typed-writer.js';
export { openWithRetries, type WaitOptions, waitForChannel } from './wait-for-channel.js';
export { WriteResult, type Writer } from './writer.js';
