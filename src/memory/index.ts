export { BoundSocket } from './bound-socket.js';
export { type Clock, ManualClock, systemClock } from './clock.js';
export { DatagramSocket } from './datagram-socket.js';
export { Doorbell, MAX_SLEEP_MILLIS } from './doorbell.js';
export {
  BackoffIdle,
  BusySpinIdle,
  DoorbellIdle,
  type IdleStrategy,
  SleepIdle,
  YieldIdle,
} from './idle-strategy.js';
export { errnoName } from './libc.js';
export { orderLoads } from './load-order.js';
export {
  availableBackends,
  BACKEND_VARIABLE,
  type BackendName,
  type Mapping,
  type MappingBackend,
  selectBackend,
} from './mapping.js';
export { MessageHeader } from './message-header-layout.js';
export { enlargePipe, movePipeToFile } from './pipe-to-file.js';
export { ownIdentity, type ProcessIdentity, parseIdentity } from './process-identity.js';
export { LONGEST_WAIT_MILLIS, Readiness } from './readiness.js';
export { openRegularFile } from './regular-file.js';
export { reserve, storageError, writeZeros } from './reserve.js';
export {
  couldNotAccess,
  type ErrorCode,
  type ErrorDetails,
  RingwireError,
  reasonOf,
  systemCode,
} from './ringwire-error.js';
export { MAX_SOCKET_PATH } from './socket-address.js';
export { SourceViews } from './source-views.js';
export { COUNTER_LENGTH, SplitCounter } from './split-counter.js';
export { isLocked, type LockRange, tryLock, unlock, WHOLE_FILE } from './writer-lock.js';
