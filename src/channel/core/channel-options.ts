/** Options of channels, checked and resolved. */
import { type BackendName, type Clock, RingwireError, systemClock } from '../../platform/index.js';
import { oneOf, onlyKnown } from './arguments.js';
import type { ExitOptions } from './close-on-exit.js';
import { TickUnit, tickUnitFromId } from './tick-unit.js';

/** What identifies a new channel: an id, a name, or both. */
export interface ChannelIdentity {
  /** Id of the channel below its root, 0 to 2^64-1. Default with a name: the lowest free id from 1. */
  readonly channelId?: bigint | number;
  /**
   * Name of the channel below its root: 1 to 128 letters, digits, `.`, `_` and `-`; not a number, and not `.` or `-`
   * first. Default: no name.
   */
  readonly name?: string;
}

/** The options of a new channel: `channelId` or `name` is required. */
export interface ChannelOptions extends ExitOptions, ChannelIdentity {
  /** Any number that tells writers apart, 0 to 2^64-1. Default: the process id. */
  readonly writerId?: bigint | number;
  /**
   * Bytes for records, up to 4 294 966 240. Rounded up to a multiple of 8 and to the least capacity of the profile
   * (16 384, heartbeat profile 10 240). Default 32 MiB.
   */
  readonly capacity?: number;
  /** The largest record in bytes. The channel takes a little more. Default and limit: 1/128 of the capacity. */
  readonly maxMessageLength?: number;
  /**
   * Ticks of `tickUnit` after which a reader gives up on a silent writer; 2^64-1 means never. Default: 10 seconds. A
   * timeout needs a `tickUnit`.
   */
  readonly timeout?: bigint | number;
  /** The unit of times in the file. Default: nanoseconds. */
  readonly tickUnit?: TickUnit;
  /**
   * First bytes of the log. `portable` (default): readable by kekbit 0.1 to 0.3. `heartbeat`: the log starts with a
   * heartbeat, as in kekbit 0.1 to 0.3.1, and may be as small as 10 240 bytes.
   */
  readonly profile?: ChannelProfile;
  /** The mapping back end. Default: the environment variable `RINGWIRE_BACKEND`, else `koffi`. */
  readonly backend?: BackendName;
  /** Touch every page at creation, so that no write causes a page fault. Default: false. */
  readonly prefault?: boolean;
  /** Keep a doorbell file beside the channel, on which readers sleep. Default: true. */
  readonly doorbell?: boolean;
  /** Permissions of the files. Default: 0o600. A reader needs read permission on the channel file only. */
  readonly fileMode?: number;
  /** Clock of this writer, for tests. Default: the system clock. */
  readonly clock?: Clock;
}

/** Defaults of the options of new channels, also those of the command line. */
export const CHANNEL_DEFAULTS = {
  capacity: 32 * 1024 * 1024,
  timeoutSeconds: 10,
  tickUnit: TickUnit.Nanos,
  profile: 'portable',
  policy: 'overwrite',
  stuckReader: 'wait',
  stuckAfterMs: 5000,
} as const;

/** The options that describe a channel in its header. */
export type HeaderOptions = Required<
  Pick<ChannelOptions, 'writerId' | 'capacity' | 'maxMessageLength' | 'timeout' | 'tickUnit'>
>;

/**
 * Completes the options of a channel. `longest`: the largest record of a channel of a capacity.
 * @throws RingwireError `INVALID_ARGUMENT` for a timeout without its unit
 */
export function headerOptions(
  { writerId, capacity = CHANNEL_DEFAULTS.capacity, maxMessageLength, timeout, tickUnit }: ChannelOptions,
  longest: (capacity: number) => number,
): HeaderOptions {
  if (timeout !== undefined && tickUnit === undefined) {
    throw new RingwireError(
      'INVALID_ARGUMENT',
      'timeout needs tickUnit: TickUnit.Secs, Millis, Micros or Nanos',
    );
  }
  const unit = tickUnit ?? CHANNEL_DEFAULTS.tickUnit;
  return {
    writerId: writerId ?? process.pid,
    capacity,
    maxMessageLength: maxMessageLength ?? longest(capacity),
    timeout: timeout ?? BigInt(CHANNEL_DEFAULTS.timeoutSeconds) * 10n ** BigInt(tickUnitFromId(unit)),
    tickUnit: unit,
  };
}

/** First bytes of a log: `portable`, without a heartbeat, or `heartbeat`, as kekbit 0.1 to 0.3.1 wrote it. */
export type ChannelProfile = 'portable' | 'heartbeat';

/** Options of readers of every kind of channel. */
export interface ReaderOptions {
  /** Mapping back end. Default: mmap-io if it loads, otherwise koffi. */
  readonly backend?: BackendName;
  /** Clock of this reader, for tests. Default: the system clock. */
  readonly clock?: Clock;
  /**
   * `plain` (default): the reader reports a timeout in `endReason` and continues if the writer resumes. `final`: a
   * timeout ends the channel for this reader. `never`: no timeouts.
   */
  readonly timeout?: TimeoutPolicy;
}

/** How a reader treats a timeout; see {@link ReaderOptions.timeout}. */
export type TimeoutPolicy = 'plain' | 'final' | 'never';

/** Reader options after checking, with every default filled in. */
export interface ResolvedReaderOptions {
  readonly backend: BackendName | undefined;
  readonly clock: Clock;
  readonly timeout: TimeoutPolicy;
}

const READER_OPTIONS = ['backend', 'clock', 'timeout'];

/**
 * Checks reader options and fills in the defaults.
 * @throws RingwireError `INVALID_ARGUMENT`
 */
export function resolveReaderOptions(options: ReaderOptions = {}): ResolvedReaderOptions {
  onlyKnown(options, READER_OPTIONS);
  return {
    backend: options.backend,
    clock: options.clock ?? systemClock,
    timeout: oneOf('timeout', options.timeout ?? 'plain', ['plain', 'final', 'never'] as const),
  };
}
