/** Options of channels, checked and resolved. */
import { type BackendName, type Clock, systemClock } from '../../platform/index.js';
import { oneOf, onlyKnown } from './arguments.js';
import type { ExitOptions } from './close-on-exit.js';
import type { TickUnit } from './tick-unit.js';

/** The options of a new log channel. Those of rings and journals extend or resemble them. */
export interface ChannelOptions extends ExitOptions {
  /** A number of the caller that identifies the writer, 0 to 2^64-1. It is stored in the header. */
  readonly writerId: bigint | number;
  /** Names the channel below its root, 0 to 2^64-1. */
  readonly channelId: bigint | number;
  /**
   * Bytes for records, up to 4 294 966 240. Rounded up to a multiple of 8 and to the minimum of the profile: 16 384,
   * or 10 240 for the heartbeat profile.
   */
  readonly capacity: number;
  /** Length of the largest record in bytes, up to 1/128 of the capacity. The channel rounds it up. */
  readonly maxMessageLength: number;
  /** Ticks without a record or heartbeat after which a reader reports a timeout, 0 to 2^64-1; 2^64-1 means never. */
  readonly timeout: bigint | number;
  /** Unit of {@link timeout} and of the creation time in the header. */
  readonly tickUnit: TickUnit;
  /**
   * First bytes of the log. `portable` (default): readable by kekbit 0.1 to 0.3. `heartbeat`: the log starts with a
   * heartbeat, as in kekbit 0.1 to 0.3.1, and may be as small as 10 240 bytes.
   */
  readonly profile?: ChannelProfile;
  /** Mapping back end. Default: mmap-io if it loads, otherwise koffi. */
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
