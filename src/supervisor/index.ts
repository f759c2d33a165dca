/** Entry point `ringwire/supervisor`: starts, watches, restarts and stops processes, and keeps their output. */

export { type Configuration, parseConfiguration, readConfiguration } from './configuration/config-file.js';
export { Manager, type ManagerOptions } from './manager.js';
export type { OutputFileOptions } from './output/output-file.js';
export type { LivenessSource } from './process/liveness-source.js';
export { type ProcessState, TRANSITIONS } from './process/process-state.js';
export { VlpBeats } from './process/vlp-beats.js';
export type { StartFailure } from './process-registry.js';
export type { ListenAddress } from './specification/listen-address.js';
export type {
  LivenessPolicy,
  ProcessSpec,
  ReadinessProbe,
  ResourceLimits,
  RestartPolicy,
} from './specification/process-spec.js';
export { EVENTS_CHANNEL, parseEvent } from './storage/ring-event-log.js';
export { RingStorage, type RingStorageOptions } from './storage/ring-storage.js';
export type { EventLog, OutputLog, Storage } from './storage/storage.js';
export { SupervisorError, type SupervisorErrorCode } from './supervisor-error.js';
