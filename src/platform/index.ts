export { abortError, delay, onAbort } from './abort.js';
export { type Clock, ManualClock, systemClock } from './clock.js';
export { type Held, keepUntilClosed, releaseWhenCollected } from './collected.js';
export { crc32 } from './crc32.js';
export { isLocked, type LockRange, tryLock, tryLockNew, unlock, WHOLE_FILE } from './file-lock.js';
export { FOLDER_LOCK, FolderLock } from './folder-lock.js';
export { Connections } from './http/connections.js';
export { hostName, isLoopback, isLoopbackHost, requestedHost } from './http/host.js';
export { listenOn, type ServerAddress } from './http/listen.js';
export { dropBody, hasBody } from './http/request-body.js';
export { isSameSecret } from './http/same-secret.js';
export { errnoName, requireLibc } from './libc.js';
export { afterMs, everyMs, type LongTimer } from './long-timer.js';
export { allocateForeign, mapExisting } from './mapping/map-existing.js';
export type { BackendName, Mapping, MappingBackend } from './mapping/mapping.js';
export { openRegularFile, storageNotFound } from './mapping/regular-file.js';
export { reserve, storageError, writeZeros } from './mapping/reserve.js';
export { availableBackends, BACKEND_VARIABLE, selectBackend } from './mapping/select-backend.js';
export { copyFewWords, SourceViews } from './mapping/source-views.js';
export { KEEPS_ORDER, orderAll, orderLoads, orderStores } from './memory-order.js';
export { requireFromHere } from './native.js';
export { publishI32, publishNumber } from './ordered-store.js';
export { folderFault, makeOwnFolder, requireOwnFolder } from './own-folder.js';
export { ownIdentity, type ProcessIdentity, parseIdentity } from './process-identity.js';
export {
  MAX_TIMER_MS,
  parseBytes,
  parseMilliseconds,
  parseNanoseconds,
  QuantityError,
} from './quantities.js';
export {
  couldNotAccess,
  type ErrorCode,
  type ErrorDetails,
  isMachineFault,
  RingwireError,
  reasonOf,
  systemCode,
} from './ringwire-error.js';
export { setting } from './setting.js';
export { BoundSocket } from './sockets/bound-socket.js';
export { isPipeBroken } from './sockets/broken-pipe.js';
export { DatagramBatch } from './sockets/datagram-batch.js';
export { DatagramSocket } from './sockets/datagram-socket.js';
export { ListeningPort } from './sockets/listening-port.js';
export { MessageHeader } from './sockets/message-header-layout.js';
export { type PeerCredentials, peerCredentials } from './sockets/peer-credentials.js';
export { enlargePipe, movePipeToFile } from './sockets/pipe-to-file.js';
export { Readiness } from './sockets/readiness.js';
export { COUNTER_LENGTH, SplitCounter } from './split-counter.js';
export { Doorbell, MAX_SLEEP_MILLIS } from './waiting/doorbell.js';
export {
  BackoffIdle,
  BusySpinIdle,
  DoorbellIdle,
  type IdleStrategy,
  SleepIdle,
  YieldIdle,
} from './waiting/idle-strategy.js';
