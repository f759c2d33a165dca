/** The options of channels, checked and resolved in one place. */
import { type BackendName, type Clock, RingwireError, systemClock } from '../../platform/index.js';
import {
  capacityFor,
  MIN_CAPACITY,
  MIN_READABLE_CAPACITY,
  maxMessageLengthFor,
  u64,
  wholeNumber,
} from '../log/log-sizes.js';
import { type ChannelHeader, LOG_VERSION } from './header-layout.js';
import { type TickUnit, tickUnitFromId, unixTicks } from './tick-unit.js';

export interface ChannelOptions {
  /** Any number that tells writers apart, 0 to 2^64-1. */
  readonly writerId: bigint | number;
  /** Names the channel below its root, 0 to 2^64-1. */
  readonly channelId: bigint | number;
  /**
   * Bytes for records, up to 4 294 966 240. Rounded up to a multiple of 8 and to the least capacity of the profile
   * (16 384, heartbeat profile 10 240).
   */
  readonly capacity: number;
  /** The largest record in bytes. The channel takes a little more, and at most 1/128 of the capacity. */
  readonly maxMessageLength: number;
  /** Ticks after which a reader gives up on a silent writer; 2^64-1 means never. */
  readonly timeout: bigint | number;
  readonly tickUnit: TickUnit;
  /**
   * `portable` (default): read by kekbit 0.1 to 0.3. `heartbeat`: begins with a heartbeat, as kekbit 0.1 to 0.3.1
   * did, and may be as small as 10 240 bytes.
   */
  readonly profile?: ChannelProfile;
  /** Which mapping back end to use; by default mmap-io where it can, else koffi. */
  readonly backend?: BackendName;
  /** Touch every page at creation, so that no write meets a page fault. Default false. */
  readonly prefault?: boolean;
  /** Keep a doorbell file beside the channel, by which readers can sleep. Default true. */
  readonly doorbell?: boolean;
  /** Permissions of the files, default 0o600. Readers need read permission on the channel only. */
  readonly fileMode?: number;
  /** Replaces the system clock, for tests. */
  readonly clock?: Clock;
}

export type ChannelProfile = 'portable' | 'heartbeat';

export interface ReaderOptions {
  readonly backend?: BackendName;
  readonly clock?: Clock;
  /**
   * `plain` (default): a time-out is reported in `exhausted`, and reading goes on if the writer comes back.
   * `final`: after a time-out the channel has ended for this reader. `never`: no time-outs.
   */
  readonly timeout?: TimeoutPolicy;
}

export type TimeoutPolicy = 'plain' | 'final' | 'never';

export interface ResolvedChannelOptions {
  readonly header: ChannelHeader;
  readonly profile: ChannelProfile;
  readonly backend: BackendName | undefined;
  readonly prefault: boolean;
  readonly doorbell: boolean;
  readonly fileMode: number;
}

export interface ResolvedReaderOptions {
  readonly backend: BackendName | undefined;
  readonly clock: Clock;
  readonly timeout: TimeoutPolicy;
}

const CHANNEL_OPTIONS = [
  'writerId',
  'channelId',
  'capacity',
  'maxMessageLength',
  'timeout',
  'tickUnit',
  'profile',
  'backend',
  'prefault',
  'doorbell',
  'fileMode',
  'clock',
];
const READER_OPTIONS = ['backend', 'clock', 'timeout'];

/** @throws RingwireError `INVALID_ARGUMENT` or `INVALID_TICK_UNIT` */
export function resolveChannelOptions(options: ChannelOptions): ResolvedChannelOptions {
  onlyKnown(options, CHANNEL_OPTIONS);
  const profile = oneOf('profile', options.profile ?? 'portable', ['portable', 'heartbeat'] as const);
  const capacity = capacityFor(
    options.capacity,
    profile === 'portable' ? MIN_CAPACITY : MIN_READABLE_CAPACITY,
  );
  const tickUnit = tickUnitFromId(options.tickUnit);
  return {
    header: {
      version: LOG_VERSION,
      writerId: u64('writerId', options.writerId),
      channelId: u64('channelId', options.channelId),
      capacity,
      maxMessageLength: maxMessageLengthFor(options.maxMessageLength, capacity),
      timeout: u64('timeout', options.timeout),
      creationTime: unixTicks(tickUnit, options.clock ?? systemClock),
      tickUnit,
    },
    profile,
    backend: options.backend,
    prefault: options.prefault ?? false,
    doorbell: options.doorbell ?? true,
    fileMode: wholeNumber('fileMode', options.fileMode ?? 0o600, 0o777),
  };
}

/** @throws RingwireError `INVALID_ARGUMENT` */
export function resolveReaderOptions(options: ReaderOptions = {}): ResolvedReaderOptions {
  onlyKnown(options, READER_OPTIONS);
  return {
    backend: options.backend,
    clock: options.clock ?? systemClock,
    timeout: oneOf('timeout', options.timeout ?? 'plain', ['plain', 'final', 'never'] as const),
  };
}

export function onlyKnown(options: object, known: readonly string[]): void {
  if (options === null || typeof options !== 'object') {
    throw new RingwireError('INVALID_ARGUMENT', `options must be an object with ${known.join(', ')}`);
  }
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) {
      throw new RingwireError('INVALID_ARGUMENT', `unknown option '${name}': there are ${known.join(', ')}`);
    }
  }
}

export function oneOf<T extends string>(name: string, value: T, allowed: readonly T[]): T {
  if (allowed.includes(value)) return value;
  throw new RingwireError('INVALID_ARGUMENT', `${name} must be ${allowed.join(' or ')}, not ${value}`);
}
