/**
 * Resolves the options of the embedded driver. A missing option is taken from its environment variable, then from its
 * default.
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
import type { DriverOptions, ResolvedDriverOptions } from './driver-options.js';

const MIB = 2 ** 20;
const MIN_BUFFER_LENGTH = 65_536;
const MAX_BUFFER_LENGTH = 2 ** 28;
/** Largest frame in bytes. */
export const MAX_MTU = 65_504;
const MIN_MTU = 64;
const COUNTER_LENGTH = 128;
const MAX_COUNTER_VALUES_LENGTH = 350 * MIB;

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

/** The options with their defaults. @throws RingwireError `INVALID_ARGUMENT` */
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
  // Otherwise a slow publisher would be unblocked.
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
