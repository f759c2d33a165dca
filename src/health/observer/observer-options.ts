/** Options of an observer: checks and defaults. */
import { type Clock, RingwireError, systemClock } from '../../platform/index.js';
import type { WireVersion } from '../frame/frame-layout.js';
import type { BeatChannel } from './channel-source.js';
import { processStart } from './process-start.js';
import type { RateLimitOptions } from './rate-limits.js';
import { type RecoveryOptions, type ResolvedRecoveryOptions, resolveRecovery } from './recovery-options.js';
import type { TrackerOptions } from './tracker.js';
import type { UdpOptions } from './udp-source.js';

/** Options of {@link VlpObserver.bind}. At least one of `socket`, `channels` and `udp` is required. */
export interface ObserverOptions extends RateLimitOptions {
  /** Path of the Unix socket to bind, at most 107 bytes. Default: none. */
  readonly socket?: string;
  /** Permissions of the socket, 0 to 0o777. Default: 0o600. */
  readonly socketMode?: number;
  /** Channels to read. Default: none. */
  readonly channels?: readonly BeatChannel[];
  /** Listener for UDP datagrams. Default: none. */
  readonly udp?: UdpOptions;
  /** Milliseconds of silence after which an agent is stalled, 10 to 2^53-1. Required. */
  readonly thresholdMs: number;
  /** Most agents at a time, 1 to 4096. Default: 256. */
  readonly trackerCapacity?: number;
  /**
   * Agent to evict when all slots are in use. `strict`: only an agent that stalled and has been silent for ten
   * thresholds. `balanced`: if there is none, any agent that has been silent for ten thresholds. Default: `strict`.
   */
  readonly trackerEviction?: 'strict' | 'balanced';
  /** Accepted wire versions. Default: `[1, 2]`. */
  readonly acceptVersions?: readonly WireVersion[];
  /** Uids whose processes may send beats to the socket. Default: the effective uid of this process. */
  readonly acceptUids?: readonly number[];
  /** Milliseconds between two polls of the channels, 1 to 100. Default: 10. */
  readonly channelPollMs?: number;
  /**
   * Longest time between two turns of the loop of the observer, in milliseconds, 1 to 60,000. Stalls and beats do not wait
   * for it. The observer detects its own interruptions only if they exceed this time by 150 ms. Default: 100.
   */
  readonly readTimeoutMs?: number;
  /** Requested receive buffer of the Unix socket in bytes, 1 to 2^31-1. Default: that of the kernel. */
  readonly receiveBufferBytes?: number;
  /** Command that runs for every stall. Default: none. */
  readonly recovery?: RecoveryOptions;
  /** Clock for tests. Default: the system clock. */
  readonly clock?: Clock;
}

/** {@link ObserverOptions} with defaults applied. */
export interface ResolvedObserverOptions {
  readonly socket: string | null;
  readonly socketMode: number;
  readonly channels: readonly BeatChannel[];
  readonly udp: UdpOptions | null;
  readonly tracker: TrackerOptions;
  readonly limits: RateLimitOptions;
  readonly acceptVersions: readonly WireVersion[];
  readonly acceptUids: readonly number[];
  readonly channelPollMs: number;
  readonly readTimeoutMs: number;
  readonly receiveBufferBytes: number | null;
  readonly recovery: ResolvedRecoveryOptions | null;
  readonly clock: Clock;
}

const NAMES = [
  'socket',
  'socketMode',
  'channels',
  'udp',
  'thresholdMs',
  'trackerCapacity',
  'trackerEviction',
  'acceptVersions',
  'acceptUids',
  'channelPollMs',
  'maxBeatRate',
  'globalBeatRate',
  'globalBeatBurst',
  'readTimeoutMs',
  'receiveBufferBytes',
  'recovery',
  'clock',
];

/** @throws RingwireError `INVALID_ARGUMENT` */
export function resolveObserverOptions(options: ObserverOptions): ResolvedObserverOptions {
  for (const name of Object.keys(options)) {
    if (!NAMES.includes(name)) throw invalid(`unknown option '${name}'; expected one of ${NAMES.join(', ')}`);
  }
  const { socket = null, udp = null, channels = [], acceptVersions = [1, 2] } = options;
  if (socket === null && udp === null && channels.length === 0) {
    throw invalid('nothing to observe: give socket, channels or udp');
  }
  if (acceptVersions.length === 0 || acceptVersions.some((version) => version !== 1 && version !== 2)) {
    throw invalid('acceptVersions must be [1], [2] or [1, 2]');
  }
  const eviction = options.trackerEviction ?? 'strict';
  if (eviction !== 'strict' && eviction !== 'balanced') {
    throw invalid(`trackerEviction must be strict or balanced, not ${eviction}`);
  }
  return {
    socket,
    socketMode: within('socketMode', options.socketMode ?? 0o600, 0, 0o777),
    channels,
    udp,
    tracker: {
      thresholdMs: within('thresholdMs', options.thresholdMs, 10, Number.MAX_SAFE_INTEGER),
      capacity: within('trackerCapacity', options.trackerCapacity ?? 256, 1, 4096),
      eviction,
      processStart,
    },
    limits: {
      maxBeatRate: within('maxBeatRate', options.maxBeatRate ?? 0, 0, 1e6),
      globalBeatRate: within('globalBeatRate', options.globalBeatRate ?? 0, 0, 1e9),
      globalBeatBurst: options.globalBeatBurst,
    },
    acceptVersions,
    acceptUids: options.acceptUids ?? [process.geteuid?.() ?? -1],
    channelPollMs: within('channelPollMs', options.channelPollMs ?? 10, 1, 100),
    readTimeoutMs: within('readTimeoutMs', options.readTimeoutMs ?? 100, 1, 60_000),
    receiveBufferBytes:
      options.receiveBufferBytes === undefined
        ? null
        : within('receiveBufferBytes', options.receiveBufferBytes, 1, 0x7fff_ffff),
    recovery: options.recovery === undefined ? null : resolveRecovery(options.recovery),
    clock: options.clock ?? systemClock,
  };
}

function within(name: string, value: number, min: number, max: number): number {
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw invalid(`${name} must be a whole number from ${min} to ${max}, not ${value}`);
}

function invalid(message: string): RingwireError {
  return new RingwireError('INVALID_ARGUMENT', message);
}
