/** The door `ringwire/control`: the control socket of a process manager, server and client. */
export { type ClientOptions, ControlClient, type EventsOptions, type LogsOptions } from './control-client.js';
export { ControlError, type ControlErrorCode, errorFromText, messageOf, refusal } from './control-error.js';
export { ControlServer } from './control-server.js';
export type {
  ControlEvent,
  ControlService,
  EventFilter,
  LogStream,
  SnapshotOptions,
} from './control-service.js';
export { ControlStream } from './control-stream.js';
export { FrameDecoder } from './frame-decoder.js';
export {
  decodeHeader,
  encodeFrame,
  type Frame,
  type FrameHeader,
  HEADER_LENGTH,
  MAX_BODY_LENGTH,
} from './frame-layout.js';
export type { WaitLimit } from './frame-stream.js';
export { lastLines } from './last-lines.js';
export type { SocketOptions } from './listening-socket.js';
export { decodeBody, encodeBody, encodeMessage } from './message-codec.js';
export { MessageType, type WireBodies, type WireEntry } from './message-layout.js';
export type { ReceivedEvent } from './received-reply.js';
export type { ServerLogEntry, ServerOptions } from './server-options.js';
export { runtimeDirectory, SOCKET_NAME, writeHint } from './socket-path.js';
export { QueueWatch, type Watch } from './watch.js';
