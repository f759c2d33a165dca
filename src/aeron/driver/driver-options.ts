/** Options of the embedded driver, resolved in one place. Defaults: Aeron 1.53, smaller where a test needs less. */
import { RingwireError } from '../../platform/index.js';
import { defaultDirectory } from '../client/monitoring/cnc-file.js';
import { MAX_TERM_LENGTH, MIN_TERM_LENGTH } from '../layout/frame-layout.js';

export interface DriverOptions {
  /** `AERON_DIR` or `/dev/shm/aeron-<user>` by default. */
  readonly directory?: string;
  /** Bytes of a term where the channel does not say: a power of two, 64 KiB to 1 GiB; 16 MiB. */
  readonly termLength?: number;
  /** Largest frame in bytes where the channel does not say; 1408. */
  readonly mtu?: number;
  /** Milliseconds without a sign of life after which a client is given up; 10 000. */
  readonly clientLivenessTimeoutMs?: number;
  /** Milliseconds between two looks at clients and publications; 1000. */
  readonly timerIntervalMs?: number;
  /** Milliseconds after which a publisher that died in the middle of a message is unblocked; 15 000. */
  readonly publicationUnblockTimeoutMs?: number;
  /** Milliseconds without a sign of life after which another driver of the directory counts as dead; 10 000. */
  readonly driverTimeoutMs?: number;
  /** Milliseconds that subscriptions are kept from a publication after an image of it was rejected; 10 000. */
  readonly imageLivenessTimeoutMs?: number;
  /** Milliseconds a log stays after its last user; 5000. */
  readonly lingerMs?: number;
  /** Remove the directory at close. Default false, as in the original. */
  readonly deleteDirectoryOnClose?: boolean;
  /** Bytes of counter values, 128 each; 1 MiB. */
  readonly counterValuesLength?: number;
  /** Says whether a token may terminate this driver; by default nobody may. */
  readonly terminationValidator?: (token: Buffer) => boolean;
  /** The caller runs `doWork()`; otherwise a timer does. Default false. */
  readonly useInvoker?: boolean;
}

export type ResolvedDriverOptions = Required<DriverOptions>;

const DEFAULTS: Omit<ResolvedDriverOptions, 'directory'> = {
  termLength: 16 * 2 ** 20,
  mtu: 1408,
  clientLivenessTimeoutMs: 10_000,
  timerIntervalMs: 1000,
  publicationUnblockTimeoutMs: 15_000,
  driverTimeoutMs: 10_000,
  imageLivenessTimeoutMs: 10_000,
  lingerMs: 5000,
  deleteDirectoryOnClose: false,
  counterValuesLength: 2 ** 20,
  terminationValidator: () => false,
  useInvoker: false,
};

/** @throws RingwireError `INVALID_ARGUMENT` */
export function resolveDriverOptions(options: DriverOptions): ResolvedDriverOptions {
  for (const name of Object.keys(options)) {
    if (name in DEFAULTS || name === 'directory') continue;
    const known = ['directory', ...Object.keys(DEFAULTS)].join(', ');
    throw new RingwireError('INVALID_ARGUMENT', `unknown option '${name}': there are ${known}`);
  }
  const resolved = { directory: defaultDirectory(), ...DEFAULTS, ...options };
  const { termLength, timerIntervalMs, clientLivenessTimeoutMs } = resolved;
  if (!isTermLength(termLength)) {
    throw new RingwireError(
      'INVALID_ARGUMENT',
      `termLength must be a power of two from 64 KiB to 1 GiB, not ${termLength}`,
    );
  }
  if (!(timerIntervalMs > 0 && timerIntervalMs < clientLivenessTimeoutMs)) {
    throw new RingwireError(
      'INVALID_ARGUMENT',
      'timerIntervalMs must be above 0 and below clientLivenessTimeoutMs',
    );
  }
  if (!(resolved.publicationUnblockTimeoutMs > clientLivenessTimeoutMs)) {
    throw new RingwireError(
      'INVALID_ARGUMENT',
      'publicationUnblockTimeoutMs must be above clientLivenessTimeoutMs: a slow publisher is no dead one',
    );
  }
  return resolved;
}

export function isTermLength(length: number): boolean {
  return length >= MIN_TERM_LENGTH && length <= MAX_TERM_LENGTH && (length & (length - 1)) === 0;
}
