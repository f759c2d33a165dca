/** The options of channels, checked and resolved in one place. */
import { type BackendName, type Clock, systemClock } from '../../platform/index.js';
import { oneOf, onlyKnown } from './arguments.js';
import type { ExitOptions } from './close-on-exit.js';
import type { TickUnit } from './tick-unit.js';

/** The options of a new channel. */
export interface ChannelOptions extends ExitOptions {
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

/** How a log begins: `portable`, without a heartbeat, or `heartbeat`, as kekbit 0.1 to 0.3.1 wrote it. */
export type ChannelProfile = 'portable' | 'heartbeat';

/** The options that readers of every kind have. */
export interface ReaderOptions {
  readonly backend?: BackendName;
  readonly clock?: Clock;
  /**
   * `plain` (default): a timeout is reported in `endReason`, and reading continues if the writer comes back.
   * `final`: after a timeout the channel has ended for this reader. `never`: no timeouts.
   */
  readonly timeout?: TimeoutPolicy;
}

/** What a timeout means to a reader; see {@link ReaderOptions}. */
export type TimeoutPolicy = 'plain' | 'final' | 'never';

/** Reader options after checking, with every default filled in. */
export interface ResolvedReaderOptions {
  readonly backend: BackendName | undefined;
  readonly clock: Clock;
  readonly timeout: TimeoutPolicy;
}

const READER_OPTIONS = ['backend', 'clock', 'timeout'];

/** @throws RingwireError `INVALID_ARGUMENT` */
export function resolveReaderOptions(options: ReaderOptions = {}): ResolvedReaderOptions {
  onlyKnown(options, READER_OPTIONS);
  return {
    backend: options.backend,
    clock: options.clock ?? systemClock,
    timeout: oneOf('timeout', options.timeout ?? 'plain', ['plain', 'final', 'never'] as const),
  };
}
