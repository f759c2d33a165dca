/**
 * Entry point `ringwire/control`: client and server of the control socket of a process manager.
 *
 * @module ringwire/control
 */
export {
  type ClientOptions,
  ControlClient,
  ControlError,
  type ControlErrorCode,
  type ControlEvent,
  type ControlFrame,
  ControlServer,
  type ControlService,
  ControlStream,
  type EventFilter,
  type EventsOptions,
  type LogStream,
  type LogsOptions,
  MessageType,
  QueueWatch,
  type ReceivedEvent,
  type ReloadChange,
  type ReloadFailure,
  type ReloadReport,
  runtimeDirectory,
  type ServerLogEntry,
  type ServerOptions,
  type SnapshotOptions,
  SOCKET_NAME,
  type SocketOptions,
  type StreamOptions,
  type WaitLimit,
  type Watch,
  type WireBodies,
  type WireEntry,
} from './control/index.js';
