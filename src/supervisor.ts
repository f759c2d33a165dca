/**
 * Entry point `ringwire/supervisor`: starts processes, watches and restarts them, stores their output and events.
 *
 * @module ringwire/supervisor
 */
export {
  type Configuration,
  EVENTS_CHANNEL,
  type EventLog,
  type ListenAddress,
  type LivenessPolicy,
  type LivenessSource,
  Manager,
  type ManagerOptions,
  type OutputFileOptions,
  type OutputLog,
  type ProcessSpec,
  type ProcessState,
  parseConfiguration,
  parseEvent,
  type ReadinessProbe,
  type ResourceLimits,
  type RestartPolicy,
  RingStorage,
  type RingStorageOptions,
  readConfiguration,
  type StartFailure,
  type Storage,
  SupervisorError,
  type SupervisorErrorCode,
  TRANSITIONS,
  VlpBeats,
} from './supervisor/index.js';
