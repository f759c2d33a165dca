/** The door `ringwire/supervisor`: processes, started, watched, restarted, stopped and listened to. */
export type { BeatSource } from './beat-source.js';
export { type Configuration, parseConfiguration, readConfiguration } from './configuration/config-file.js';
export { parseDuration } from './configuration/quantities.js';
export { Manager, type ManagerOptions } from './manager.js';
export type { OutputFileOptions } from './output-file.js';
export type {
  LivenessPolicy,
  ProcessSpec,
  ReadinessProbe,
  ResourceLimits,
  RestartPolicy,
} from './process-spec.js';
export { type ProcessState, TRANSITIONS } from './process-state.js';
export { EVENTS_CHANNEL, parseEvent, RingStorage, type RingStorageOptions } from './ring-storage.js';
export type { EventLog, OutputLog, Storage } from './storage.js';
export { SupervisorError, type SupervisorErrorCode } from './supervisor-error.js';
export { VlpBeats } from './vlp-beats.js';
