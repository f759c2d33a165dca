/** The entry point `ringwire/aeron`. */
export { Aeron } from './client/aeron.js';
export { AeronError, AeronErrorCode } from './client/aeron-error.js';
export { ChannelUri, type Media } from './client/channel-uri.js';
export type { AeronOptions } from './client/client-options.js';
export type { AeronSettings } from './client/client-session.js';
export { Registration, type RequestOptions } from './client/conductor/registration.js';
export type { EndpointStatus } from './client/endpoint-status.js';
export {
  CncFile,
  type CncFileOptions,
  type CncFileWaitOptions,
  isDriverActive,
} from './client/monitoring/cnc-file.js';
export { Counter } from './client/monitoring/counter.js';
export { type CounterDescription, CountersReader } from './client/monitoring/counters-reader.js';
export { CNC_FILE, defaultDirectory } from './client/monitoring/driver-folder.js';
export type { ErrorObservation } from './client/monitoring/error-log.js';
export type { LossObservation } from './client/monitoring/loss-report.js';
export {
  type Backlog,
  readBacklogs,
  readStreamPositions,
  type StreamPosition,
} from './client/monitoring/stream-report.js';
export { BufferClaim } from './client/publication/buffer-claim.js';
export { Publication } from './client/publication/concurrent-publication.js';
export { ExclusivePublication } from './client/publication/exclusive-publication.js';
export type { ReservedValueSupplier } from './client/publication/frame-writer.js';
export { OfferResult } from './client/publication/offer-result.js';
export type { PublicationBase } from './client/publication/publication.js';
export { TypedPublication } from './client/publication/typed-publication.js';
export { ControlledFragmentAssembler, FragmentAssembler } from './client/subscription/fragment-assembler.js';
export {
  type BlockHandler,
  ControlledAction,
  type ControlledFragmentHandler,
  type FragmentHandler,
} from './client/subscription/fragment-handlers.js';
export type { Header } from './client/subscription/header.js';
export type { Image } from './client/subscription/image.js';
export type { ImageSubscription } from './client/subscription/image-state.js';
export type { Message } from './client/subscription/message-source.js';
export { Subscription, type SubscriptionEvents } from './client/subscription/subscription.js';
export { type TypedMessage, TypedSubscription } from './client/subscription/typed-subscription.js';
export type { DriverOptions } from './driver/driver-options.js';
export { DriverWorker, type DriverWorkerOptions } from './driver/driver-worker.js';
export { IpcMediaDriver } from './driver/ipc-media-driver.js';
export type { CncHeader, CncSection } from './layout/cnc-layout.js';
export { CounterState, CounterType } from './layout/counter-layout.js';
export { SystemCounterId } from './layout/system-counter-ids.js';
