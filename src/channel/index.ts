/** Internal index of src/channel: what other modules of src import. The entry point of the package is src/index.ts. */
export { type ChannelFiles, filesOfChannels } from './channel-files.js';
export {
  type ChannelReport,
  type JournalFacts,
  logOwner,
  type VerifyOptions,
  verifyChannel,
} from './channel-report.js';
export type { ChannelState, WriterWord } from './channel-state.js';
export { type ChannelStatus, channelStatus } from './channel-status.js';
export type { ChannelUser } from './channel-users.js';
export { backoff } from './core/bounded-backoff.js';
export {
  CHANNEL_DEFAULTS,
  type ChannelIdentity,
  type ChannelOptions,
  type ChannelProfile,
  type ReaderOptions,
  type TimeoutPolicy,
} from './core/channel-options.js';
export type {
  BackPressuredMessage,
  ChannelOpenedMessage,
  ReaderLostMessage,
} from './core/diagnostics.js';
export {
  holdsWriter,
  lagOf,
  paddedPayloadBytes,
  perSecond,
  readableRecords,
  shareOf,
} from './core/figures.js';
export type { ChannelHeader } from './core/header-layout.js';
export type { Loss, LossCounts } from './core/losses.js';
export type { Reader, RecordHandler, RecordsOptions } from './core/reader.js';
export type { LogEnd, LogScan, ScanProgress } from './core/scan.js';
export type { StartPosition, StreamPosition } from './core/stream-position.js';
export {
  isTickUnit,
  nanosToTicks,
  TickUnit,
  ticksToMillis,
  tickUnitFromId,
  unixTicks,
} from './core/tick-unit.js';
export { WriteResult, type Writer } from './core/writer.js';
export {
  type ChannelKey,
  channelIdOf,
  channelNameOf,
  isChannelName,
  listChannelNames,
  type NamedChannel,
} from './files/channel-names.js';
export { type ChannelPaths, channelPaths, listChannelIds } from './files/channel-path.js';
export { DurableCursor, type SavedPosition } from './files/durable-cursor.js';
export { renameChannel } from './files/rename-channel.js';
export { moveToFirst, moveToLast, moveToTime, type RecordTest } from './find-records.js';
export {
  CHANNEL_HEADER_LENGTH,
  decodeChannelHeader,
  encodeChannelHeader,
  isRingHeader,
} from './header-bytes.js';
export { EndWatch } from './io/end-watch.js';
export {
  type BatchesOptions,
  type BatchSource,
  iterateBatches,
  iterateRecords,
  type RecordSource,
  recordBatches,
} from './io/record-iteration.js';
export { TimeoutReader, type TimeoutReaderOptions } from './io/timeout-reader.js';
export { openWithRetries, type WaitOptions, waitForChannel } from './io/wait-for-channel.js';
export { writeAsync } from './io/write-when-available.js';
export { isBehind } from './is-behind.js';
export {
  existingJournal,
  type JournalOptions,
  type JournalPaths,
  JournalReader,
  type JournalReaderOptions,
  type JournalReport,
  type JournalResumeOptions,
  type JournalStatus,
  JournalWriter,
  journalPaths,
  journalStatus,
  listJournalIds,
  type RegisteredCursor,
  type Retention,
  registeredCursors,
  removeJournalCursor,
  verifyJournal,
} from './journal/index.js';
export { ShmReader } from './log/log-reader.js';
export type { FileLayout } from './log/log-sizes.js';
export { ShmWriter } from './log/log-writer.js';
export {
  type RecoverOptions,
  type RecoveryAction,
  type RecoveryReport,
  recoverChannel,
} from './log/recover-log.js';
export type { ResumeOptions } from './log/resume-log.js';
export { RetryWriter, type RetryWriterHandle } from './log/retry-writer.js';
export type { OpenReaderOptions } from './open-reader.js';
export { type ChannelKind, channelKind, openReader } from './open-reader.js';
export { type OpenWriterOptions, openWriter } from './open-writer.js';
export { describeUser, type RemovedChannel, type RemoveOptions, removeChannel } from './remove-channel.js';
export type { RingTail } from './ring/find-tail.js';
export { RingProbe } from './ring/probing/ring-probe.js';
export type { ReaderFields, RegisteredReader } from './ring/reader-slots.js';
export { resumeOrCreateRing } from './ring/resume-or-create-ring.js';
export type { RingHeader, RingPolicy, StuckReaderPolicy } from './ring/ring-header-layout.js';
export type { RingOptions, RingReaderOptions, RingResumeOptions } from './ring/ring-options.js';
export { RingReader } from './ring/ring-reader.js';
export type { RingReport } from './ring/ring-scan.js';
export { type RingReaderReport, RingView } from './ring/ring-view.js';
export { RingWriter } from './ring/ring-writer.js';
export {
  type ChannelScan,
  type ObserveOptions,
  observeChannel,
  scanChannel,
} from './scan-channel.js';
export { removeStaleLock } from './stale-lock.js';
export {
  type Codec,
  type Encodable,
  encodable,
  json,
  type MsgpackOptions,
  msgpack,
  type ProtobufSchema,
  type ProtobufType,
  protobuf,
  raw,
  utf8,
} from './typed/codecs/index.js';
export {
  ChainedHandler,
  ChecksumHandler,
  EncoderHandler,
  link,
  type RecordDecorator,
  SequenceHandler,
  type SequenceOptions,
  TimestampHandler,
} from './typed/handlers/index.js';
export { RecordDecoder } from './typed/record-decoder.js';
export { RecordEncoder } from './typed/record-encoder.js';
export { TypedReader, type TypedRecord } from './typed/typed-reader.js';
export { TypedWriter } from './typed/typed-writer.js';
