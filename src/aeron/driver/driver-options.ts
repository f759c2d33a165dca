/** Options of the embedded driver. Source of names and defaults: Aeron 1.53, C `aeron_driver_context.c`. */

/**
 * Options of `IpcMediaDriver.start` and `DriverWorker.start`. Lengths are in bytes, durations in whole milliseconds from
 * 0. An option outside its range throws RingwireError `INVALID_ARGUMENT`.
 */
export interface DriverOptions {
  /** Folder of the driver's files. Default: `AERON_DIR`, else `/dev/shm/aeron-<user>`. */
  readonly directory?: string;
  /** Delete the folder at close. Default: `AERON_DIR_DELETE_ON_SHUTDOWN`, else false. */
  readonly deleteDirectoryOnClose?: boolean;
  /**
   * Length of a term if the channel sets no `term-length`: a power of two from 64 KiB to 1 GiB. A publication has three.
   * Default: `AERON_IPC_TERM_BUFFER_LENGTH`, else 16 MiB.
   */
  readonly termLength?: number;
  /** Largest frame if the channel sets no `mtu`: a multiple of 32 from 64 to 65,504. Default: `AERON_IPC_MTU_LENGTH`, else 1408. */
  readonly mtu?: number;
  /**
   * Most bytes between a publisher and its slowest subscriber: from the MTU to half a term. 0: half a term.
   * Default: `AERON_IPC_PUBLICATION_TERM_WINDOW_LENGTH`, else 0.
   */
  readonly publicationWindow?: number;
  /** Length of the command ring: a power of two from 64 KiB to 256 MiB. Default: `AERON_CONDUCTOR_BUFFER_LENGTH`, else 1 MiB. */
  readonly toDriverLength?: number;
  /** Length of the response buffer: a power of two from 64 KiB to 256 MiB. Default: `AERON_CLIENTS_BUFFER_LENGTH`, else 1 MiB. */
  readonly toClientsLength?: number;
  /**
   * Length of the counter values, 128 bytes each: a multiple of 128 from 64 KiB to 350 MiB. Their descriptions take four
   * times as much. Default: `AERON_COUNTERS_BUFFER_LENGTH`, else 8 MiB (65,536 counters).
   */
  readonly counterValuesLength?: number;
  /** Length of the error log: a multiple of 4096 from 64 KiB to 256 MiB. Default: `AERON_ERROR_BUFFER_LENGTH`, else 1 MiB. */
  readonly errorLogLength?: number;
  /** Time between two checks of clients and publications: from 1, below `clientLivenessTimeoutMs`. Default: `AERON_TIMER_INTERVAL`, else 1000. */
  readonly timerIntervalMs?: number;
  /** Time without a heartbeat after which a client counts as dead, from 2. Default: `AERON_CLIENT_LIVENESS_TIMEOUT`, else 10,000. */
  readonly clientLivenessTimeoutMs?: number;
  /**
   * Time after which the claim of a dead publisher becomes padding; above `clientLivenessTimeoutMs`.
   * Default: `AERON_PUBLICATION_UNBLOCK_TIMEOUT`, else 15,000.
   */
  readonly publicationUnblockTimeoutMs?: number;
  /** Age of a heartbeat at which another driver of the folder counts as dead. Default: `AERON_DRIVER_TIMEOUT`, else 10,000. */
  readonly driverTimeoutMs?: number;
  /** Time for which no subscription joins a publication after a rejected image. Default: `AERON_IMAGE_LIVENESS_TIMEOUT`, else 10,000. */
  readonly imageLivenessTimeoutMs?: number;
  /** Time for which the file of a log remains after its last use. Default: `AERON_PUBLICATION_LINGER_TIMEOUT`, else 5000. */
  readonly lingerMs?: number;
  /** Time before a freed counter id is used again. Default: `AERON_COUNTERS_FREE_TO_REUSE_TIMEOUT`, else 1000. */
  readonly counterReuseMs?: number;
  /** Time for which a slow untethered subscriber applies back pressure. Default: `AERON_UNTETHERED_WINDOW_LIMIT_TIMEOUT`, else 5000. */
  readonly untetheredWindowLimitMs?: number;
  /** Time between the end of the image of a slow untethered subscriber and the release of the image. Default: `AERON_UNTETHERED_LINGER_TIMEOUT`, else as `untetheredWindowLimitMs`. */
  readonly untetheredLingerMs?: number;
  /** Time after that release before the untethered subscriber may rejoin. Default: `AERON_UNTETHERED_RESTING_TIMEOUT`, else 10,000. */
  readonly untetheredRestingMs?: number;
  /** Whether publishers always wait for a subscriber, if its channel sets no `tether`. Default: `AERON_TETHER_SUBSCRIPTIONS`, else true. */
  readonly tether?: boolean;
  /** Whether a dropped subscriber rejoins, if its channel sets no `rejoin`. Default: `AERON_REJOIN_STREAM`, else true. */
  readonly rejoin?: boolean;
  /** First session id of the range that the driver never allocates itself, 32 bits signed. Default: `AERON_PUBLICATION_RESERVED_SESSION_ID_LOW`, else -1. */
  readonly reservedSessionIdLow?: number;
  /** Last session id of that range, from `reservedSessionIdLow`. Default: `AERON_PUBLICATION_RESERVED_SESSION_ID_HIGH`, else 1000. */
  readonly reservedSessionIdHigh?: number;
  /** Returns whether a client with this token may terminate the driver. Default: no client may. */
  readonly terminationValidator?: (token: Buffer) => boolean;
  /** Whether the caller calls `doWork()`. By default a timer does. Default: false. */
  readonly useInvoker?: boolean;
}

/** The options of a driver with their defaults. */
export type ResolvedDriverOptions = Required<DriverOptions>;
