/** The door `ringwire`: channels, and the ways to wait on them. */
export * from './channel/index.js';
export {
  type BackendName,
  BackoffIdle,
  BusySpinIdle,
  type Clock,
  DoorbellIdle,
  type ErrorCode,
  type ErrorDetails,
  type IdleStrategy,
  type ProcessIdentity,
  RingwireError,
  SleepIdle,
  YieldIdle,
} from './platform/index.js';
export * from './streams/index.js';
