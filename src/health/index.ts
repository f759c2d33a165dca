/** The internal index of `src/health`: agents send beats, an observer receives them. */
export { VlpAgent } from './agent/agent.js';
export type { AgentOptions } from './agent/agent-options.js';
export { type AutomaticBeat, type AutomaticBeatOptions, startAutomaticBeat } from './agent/automatic-beat.js';
export type { BeatTarget } from './agent/beat-target.js';
export { BeatOutcome, type DropReason, dropReason, outcomeLabel } from './agent/outcome.js';
export { installPanicHandler, type PanicHandlerOptions } from './agent/panic-handler.js';
export type { AppendFileOptions } from './exports/append-file.js';
export { EventPublication, eventAsJson } from './exports/event-publication.js';
export { HeartbeatFile } from './exports/heartbeat-file.js';
export { RecoveryAudit } from './exports/recovery-audit.js';
export { SelfWatchdog } from './exports/self-watchdog.js';
export { SystemdNotifier } from './exports/systemd-notifier.js';
export { TsvExport, type TsvExportOptions } from './exports/tsv-export.js';
export { crc32c } from './frame/crc32c.js';
export {
  DECODE_ERROR_KINDS,
  DecodeError,
  type DecodeErrorDetails,
  type DecodeErrorKind,
  decodeErrorLabel,
} from './frame/decode-error.js';
export {
  decodeVlpFrame,
  encodeVlpFrame,
  NONCE_TERMINAL,
  type VlpFrame,
  type WireVersion,
} from './frame/frame-layout.js';
export { packPayload, unpackPayload } from './frame/payload.js';
export {
  agentKey,
  epochKey,
  ivPrefix,
  openFrame,
  sealFrame,
} from './frame/secure-frame-layout.js';
export { Status, type StatusLabel, statusFromLabel, statusLabel } from './frame/status.js';
export type { AgentState } from './observer/agent-state.js';
export type { BeatChannel } from './observer/channel-source.js';
export type { ObserverCounters, RecoveryOutcome } from './observer/counters.js';
export type { EventStream } from './observer/event-stream.js';
export type {
  AuthEvent,
  BeatEvent,
  BeatSource,
  DecodeEvent,
  EvictionEvent,
  HealthEvent,
  HealthEvents,
  IoEvent,
  RecoveryEvent,
  StallEvent,
} from './observer/health-event.js';
export { VlpObserver } from './observer/observer.js';
export type { ObserverOptions } from './observer/observer-options.js';
export { type RateLimit, type RateLimitOptions, TokenBucket } from './observer/rate-limits.js';
export type { RecoveryOptions } from './observer/recovery-options.js';
export type { UdpOptions } from './observer/udp-source.js';
export { readKeyFile, readKeyListFile, readOwnSecret } from './secure/key-file.js';
