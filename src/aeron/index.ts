/** The door `ringwire/aeron`. */
export { Aeron } from './aeron.js';
export { AeronError, AeronErrorCode } from './aeron-error.js';
export { BufferClaim } from './buffer-claim.js';
export type { ChannelStatus } from './channel-status.js';
export { ChannelUri, type Media } from './channel-uri.js';
export type { AeronOptions } from './client-options.js';
export { CncFile, defaultDirectory, isDriverActive } from './cnc-file.js';
export { Publication } from './concurrent-publication.js';
export { Counter } from './counter.js';
export { type CounterDescription, CountersReader } from './counters-reader.js';
export type { DriverOptions } from './driver/driver-options.js';
export { DriverWorker, type DriverWorkerOptions } from './driver/driver-worker.js';
export { IpcMediaDriver } from './driver/ipc-media-driver.js';
export type { ErrorObservation } from './error-log.js';
export { ExclusivePublication } from './exclusive-publication.js';
export { ControlledFragmentAssembler, FragmentAssembler } from './fragment-assembler.js';
export {
  type BlockHandler,
  ControlledAction,
  type ControlledFragmentHandler,
  type FragmentHandler,
} from './fragment-handlers.js';
export type { FrameHeader } from './frame-header.js';
export type { ReservedValueSupplier } from './frame-writer.js';
export type { Image } from './image.js';
export { CounterState, CounterType } from './layout/counter-layout.js';
export type { LossObservation } from './loss-report.js';
export type { Message } from './message-source.js';
export { OfferResult, type PublicationBase } from './publication.js';
export { Registration, type RequestOptions } from './registration.js';
export {
  type Backlog,
  readBacklogs,
  readStreamPositions,
  type StreamPosition,
} from './stream-report.js';
export { Subscription, type SubscriptionEvents } from './subscription.js';
export { TypedPublication } from './typed-publication.js';
export { type TypedMessage, TypedSubscription } from './typed-subscription.js';
