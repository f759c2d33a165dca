/**
 * Options of the embedded driver, resolved in one place. An option that is not given is taken from its environment
 * variable, then from its default. Source of names and defaults: Aeron 1.53, C `aeron_driver_context.c`.
 */
import {
  invalid,
  MAX_MS,
  requireBoolean,
  requireI32,
  requireKnown,
  requireMs,
  requireWhole,
} from '../client/arguments.js';
import { resolveDirectory } from '../client/client-options.js';
import {
  booleanFromEnvironment,
  durationFromEnvironment,
  sizeFromEnvironment,
  wholeFromEnvironment,
} from '../client/environment.js';
import { FRAME_ALIGNMENT, MAX_TERM_LENGTH, MIN_TERM_LENGTH } from '../layout/frame-layout.js';

const MIB = 2 ** 20;
const MIN_BUFFER_LENGTH = 65_536;
const MAX_BUFFER_LENGTH = 2 ** 28;
/** Largest frame in bytes. */
export const MAX_MTU = 65_504;
const MIN_MTU = 64;
const COUNTER_LENGTH = 128;
const MAX_COUNTER_VALUES_LENGTH = 350 * MIB;

/** Options of `IpcMediaDriver.start` and `DriverWorker.start`. Lengths are bytes, durations whole milliseconds. */
export interface DriverOptions {
  /** Folder of the driver's files. Default: `AERON_DIR`, else `/dev/shm/aeron-<user>`. */
  readonly directory?: string;
  /** Delete the folder at close. Default: `AERON_DIR_DELETE_ON_SHUTDOWN`, else false. */
  readonly deleteDirectoryOnClose?: boolean;
  /**
   * Length of a term where the channel names none: a power of two from 64 KiB to 1 GiB; a publication takes three.
   * Default: `AERON_IPC_TERM_BUFFER_LENGTH`, else 16 MiB.
   */
  readonly termLength?: number;
  /** Largest frame where the channel names none: a multiple of 32 up to 65,504. Default: `AERON_IPC_MTU_LENGTH`, else 1408. */
  readonly mtu?: number;
  /**
   * Bytes that a publisher may be ahead of its slowest subscriber; at most half a term counts. 0: half a term.
   * Default: `AERON_IPC_PUBLICATION_TERM_WINDOW_LENGTH`, else 0.
   */
  readonly publicationWindow?: number;
  /** Length of the command ring: a power of two from 64 KiB. Default: `AERON_CONDUCTOR_BUFFER_LENGTH`, else 1 MiB. */
  readonly toDriverLength?: number;
  /** Length of the response buffer: a power of two from 64 KiB. Default: `AERON_CLIENTS_BUFFER_LENGTH`, else 1 MiB. */
  readonly toClientsLength?: number;
  /**
   * Length of the counter values, 128 bytes each; their descriptions take four times as much. Default:
   * `AERON_COUNTERS_BUFFER_LENGTH`, else 8 MiB (65,536 counters).
   */
  readonly counterValuesLength?: number;
  /** Length of the error log: a multiple of 4096 from 64 KiB. Default: `AERON_ERROR_BUFFER_LENGTH`, else 1 MiB. */
  readonly errorLogLength?: number;
  /** Time between two checks of clients and publications; below `clientLivenessTimeoutMs`. Default: `AERON_TIMER_INTERVAL`, else 1000. */
  readonly timerIntervalMs?: number;
  /** Time without a heartbeat before a client counts as dead. Default: `AERON_CLIENT_LIVENESS_TIMEOUT`, else 10,000. */
  readonly clientLivenessTimeoutMs?: number;
  /**
   * Time before the claim of a dead publisher is turned into padding; above `clientLivenessTimeoutMs`.
   * Default: `AERON_PUBLICATION_UNBLOCK_TIMEOUT`, else 15,000.
   */
  readonly publicationUnblockTimeoutMs?: number;
  /** Age of a heartbeat at which another driver of the folder counts as dead. Default: `AERON_DRIVER_TIMEOUT`, else 10,000. */
  readonly driverTimeoutMs?: number;
  /** Time for which no subscription joins a publication after a rejected image. Default: `AERON_IMAGE_LIVENESS_TIMEOUT`, else 10,000. */
  readonly imageLivenessTimeoutMs?: number;
  /** Time for which a log stays after its last use. Default: `AERON_PUBLICATION_LINGER_TIMEOUT`, else 5000. */
  readonly lingerMs?: number;
  /** Time before a freed counter id is used again. Default: `AERON_COUNTERS_FREE_TO_REUSE_TIMEOUT`, else 1000. */
  readonly counterReuseMs?: number;
  /** Time for which a slow untethered subscriber holds its publishers. Default: `AERON_UNTETHERED_WINDOW_LIMIT_TIMEOUT`, else 5000. */
  readonly untetheredWindowLimitMs?: number;
  /** Time between the end of its image and its release. Default: `AERON_UNTETHERED_LINGER_TIMEOUT`, else as `untetheredWindowLimitMs`. */
  readonly untetheredLingerMs?: number;
  /** Time before it may rejoin. Default: `AERON_UNTETHERED_RESTING_TIMEOUT`, else 10,000. */
  readonly untetheredRestingMs?: number;
  /** Whether publishers wait for a subscriber whose channel does not say. Default: `AERON_TETHER_SUBSCRIPTIONS`, else true. */
  readonly tether?: boolean;
  /** Whether a dropped subscriber rejoins where its channel does not say. Default: `AERON_REJOIN_STREAM`, else true. */
  readonly rejoin?: boolean;
  /** First session id that is given out on request only. Default: `AERON_PUBLICATION_RESERVED_SESSION_ID_LOW`, else -1. */
  readonly reservedSessionIdLow?: number;
  /** Last session id that is given out on request only. Default: `AERON_PUBLICATION_RESERVED_SESSION_ID_HIGH`, else 1000. */
  readonly reservedSessionIdHigh?: number;
  /** Whether a token may terminate this driver. Default: no token may. */
  readonly terminationValidator?: (token: Buffer) => boolean;
  /** The caller runs `doWork()`; otherwise a timer does. Default: false. */
  readonly useInvoker?: boolean;
}

/** The options of a driver with their defaults. */
export type ResolvedDriverOptions = Required<DriverOptions>;

type Numbers = {
  [K in keyof ResolvedDriverOptions]: ResolvedDriverOptions[K] extends number ? K : never;
}[keyof ResolvedDriverOptions];

const KNOWN: readonly (keyof DriverOptions)[] = [
  'directory',
  'deleteDirectoryOnClose',
  'termLength',
  'mtu',
  'publicationWindow',
  'toDriverLength',
  'toClientsLength',
  'counterValuesLength',
  'errorLogLength',
  'timerIntervalMs',
  'clientLivenessTimeoutMs',
  'publicationUnblockTimeoutMs',
  'driverTimeoutMs',
  'imageLivenessTimeoutMs',
  'lingerMs',
  'counterReuseMs',
  'untetheredWindowLimitMs',
  'untetheredLingerMs',
  'untetheredRestingMs',
  'tether',
  'rejoin',
  'reservedSessionIdLow',
  'reservedSessionIdHigh',
  'terminationValidator',
  'useInvoker',
];

/** @throws RingwireError `INVALID_ARGUMENT` */
export function resolveDriverOptions(options: DriverOptions): ResolvedDriverOptions {
  requireKnown(options, KNOWN);
  const size = (name: Numbers, variable: string, fallback: number, max: number, min = 0) =>
    requireWhole(name, options[name] ?? sizeFromEnvironment(variable) ?? fallback, min, max);
  const buffer = (name: Numbers, variable: string) =>
    requirePowerOfTwo(name, size(name, variable, MIB, MAX_BUFFER_LENGTH, MIN_BUFFER_LENGTH));
  const millis = (name: Numbers, variable: string, fallback: number, unitless = 'ns') =>
    requireMs(name, options[name] ?? durationFromEnvironment(variable, unitless) ?? fallback);
  const flag = (name: 'tether' | 'rejoin' | 'deleteDirectoryOnClose', variable: string, fallback: boolean) =>
    requireBoolean(name, options[name] ?? booleanFromEnvironment(variable) ?? fallback);
  const sessionId = (name: Numbers, variable: string, fallback: number) =>
    requireI32(name, options[name] ?? wholeFromEnvironment(variable) ?? fallback);
  const untetheredWindowLimitMs = millis(
    'untetheredWindowLimitMs',
    'AERON_UNTETHERED_WINDOW_LIMIT_TIMEOUT',
    5000,
  );
  const resolved: ResolvedDriverOptions = {
    directory: resolveDirectory(options.directory),
    deleteDirectoryOnClose: flag('deleteDirectoryOnClose', 'AERON_DIR_DELETE_ON_SHUTDOWN', false),
    termLength: requirePowerOfTwo(
      'termLength',
      size('termLength', 'AERON_IPC_TERM_BUFFER_LENGTH', 16 * MIB, MAX_TERM_LENGTH, MIN_TERM_LENGTH),
    ),
    mtu: requireMultiple('mtu', size('mtu', 'AERON_IPC_MTU_LENGTH', 1408, MAX_MTU, MIN_MTU), FRAME_ALIGNMENT),
    publicationWindow: size(
      'publicationWindow',
      'AERON_IPC_PUBLICATION_TERM_WINDOW_LENGTH',
      0,
      MAX_TERM_LENGTH / 2,
    ),
    toDriverLength: buffer('toDriverLength', 'AERON_CONDUCTOR_BUFFER_LENGTH'),
    toClientsLength: buffer('toClientsLength', 'AERON_CLIENTS_BUFFER_LENGTH'),
    counterValuesLength: requireMultiple(
      'counterValuesLength',
      size(
        'counterValuesLength',
        'AERON_COUNTERS_BUFFER_LENGTH',
        8 * MIB,
        MAX_COUNTER_VALUES_LENGTH,
        MIN_BUFFER_LENGTH,
      ),
      COUNTER_LENGTH,
    ),
    errorLogLength: requireMultiple(
      'errorLogLength',
      size('errorLogLength', 'AERON_ERROR_BUFFER_LENGTH', MIB, MAX_BUFFER_LENGTH, MIN_BUFFER_LENGTH),
      4096,
    ),
    timerIntervalMs: millis('timerIntervalMs', 'AERON_TIMER_INTERVAL', 1000),
    clientLivenessTimeoutMs: millis('clientLivenessTimeoutMs', 'AERON_CLIENT_LIVENESS_TIMEOUT', 10_000),
    publicationUnblockTimeoutMs: millis(
      'publicationUnblockTimeoutMs',
      'AERON_PUBLICATION_UNBLOCK_TIMEOUT',
      15_000,
    ),
    driverTimeoutMs: millis('driverTimeoutMs', 'AERON_DRIVER_TIMEOUT', 10_000, 'ms'),
    imageLivenessTimeoutMs: millis('imageLivenessTimeoutMs', 'AERON_IMAGE_LIVENESS_TIMEOUT', 10_000),
    lingerMs: millis('lingerMs', 'AERON_PUBLICATION_LINGER_TIMEOUT', 5000),
    counterReuseMs: millis('counterReuseMs', 'AERON_COUNTERS_FREE_TO_REUSE_TIMEOUT', 1000),
    untetheredWindowLimitMs,
    untetheredLingerMs: millis(
      'untetheredLingerMs',
      'AERON_UNTETHERED_LINGER_TIMEOUT',
      untetheredWindowLimitMs,
    ),
    untetheredRestingMs: millis('untetheredRestingMs', 'AERON_UNTETHERED_RESTING_TIMEOUT', 10_000),
    tether: flag('tether', 'AERON_TETHER_SUBSCRIPTIONS', true),
    rejoin: flag('rejoin', 'AERON_REJOIN_STREAM', true),
    reservedSessionIdLow: sessionId('reservedSessionIdLow', 'AERON_PUBLICATION_RESERVED_SESSION_ID_LOW', -1),
    reservedSessionIdHigh: sessionId(
      'reservedSessionIdHigh',
      'AERON_PUBLICATION_RESERVED_SESSION_ID_HIGH',
      1000,
    ),
    terminationValidator: options.terminationValidator ?? (() => false),
    useInvoker: requireBoolean('useInvoker', options.useInvoker ?? false),
  };
  requireConsistent(resolved);
  return resolved;
}

function requireConsistent(options: ResolvedDriverOptions): void {
  const { timerIntervalMs, clientLivenessTimeoutMs, publicationUnblockTimeoutMs } = options;
  requireWhole('clientLivenessTimeoutMs', clientLivenessTimeoutMs, 2, MAX_MS);
  requireWhole('timerIntervalMs', timerIntervalMs, 1, clientLivenessTimeoutMs - 1);
  // A publisher that is slow but alive must not be unblocked.
  requireWhole(
    'publicationUnblockTimeoutMs',
    publicationUnblockTimeoutMs,
    clientLivenessTimeoutMs + 1,
    MAX_MS,
  );
  if (options.publicationWindow > 0) {
    requireWhole('publicationWindow', options.publicationWindow, options.mtu, MAX_TERM_LENGTH / 2);
  }
  if (options.reservedSessionIdLow > options.reservedSessionIdHigh) {
    throw invalid(
      `reservedSessionIdLow must be at most reservedSessionIdHigh (${options.reservedSessionIdHigh}), not ${options.reservedSessionIdLow}`,
    );
  }
  if (typeof options.terminationValidator !== 'function')
    throw invalid('terminationValidator must be a function');
}

/** Whether a term may have this length: a power of two from 64 KiB to 1 GiB. */
export function isTermLength(length: number): boolean {
  return length >= MIN_TERM_LENGTH && length <= MAX_TERM_LENGTH && isPowerOfTwo(length);
}

function requirePowerOfTwo(name: string, length: number): number {
  if (isPowerOfTwo(length)) return length;
  throw invalid(`${name} must be a power of two, not ${length}`);
}

function requireMultiple(name: string, length: number, of: number): number {
  if (length % of === 0) return length;
  throw invalid(`${name} must be a multiple of ${of}, not ${length}`);
}

function isPowerOfTwo(length: number): boolean {
  return Number.isInteger(length) && length > 0 && (length & (length - 1)) === 0;
}
