/** Entry point `ringwire/control`: the control socket of a process manager, server and client. */
export {
  type ClientOptions,
  ControlClient,
  type EventsOptions,
  type LogsOptions,
} from './client/control-client.js';
export { ControlStream } from './client/control-stream.js';
export type { ReceivedEvent } from './client/received-reply.js';
export { ControlError, type ControlErrorCode, errorFromText, refusal } from './control-error.js';
export type {
  ControlEvent,
  ControlService,
  EventFilter,
  LogStream,
  SnapshotOptions,
} from './control-service.js';
export { lastLines } from './last-lines.js';
export { type LiveManager, liveManagers, ManagerEntry } from './live-managers.js';
export type { ReloadChange, ReloadFailure, ReloadReport } from './reload-report.js';
export { ControlServer } from './server/control-server.js';
export type { SocketOptions } from './server/listening-socket.js';
export type { ServerLogEntry, ServerOptions } from './server/server-options.js';
export { runtimeDirectory, SOCKET_NAME, writeHint } from './socket-path.js';
export { QueueWatch, type Watch } from './watch.js';
export { FrameDecoder } from './wire/frame-decoder.js';
export {
  type ControlFrame,
  encodeControlFrame,
} from './wire/frame-layout.js';
export type { StreamOptions, WaitLimit } from './wire/frame-stream.js';
export { decodeBody, encodeBody, encodeMessage } from './wire/message-codec.js';
export { MessageType, type WireBodies, type WireEntry } from './wire/message-layout.js';
