/** Options of ring channels, checked and resolved. */
import { type BackendName, type Clock, RingwireError, systemClock } from '../../platform/index.js';
import { oneOf, onlyKnown, u64, wholeNumber } from '../core/arguments.js';
import {
  CHANNEL_DEFAULTS,
  type ChannelIdentity,
  type ChannelOptions,
  headerOptions,
  type ReaderOptions,
  type ResolvedReaderOptions,
  resolveReaderOptions,
} from '../core/channel-options.js';
import type { Loss } from '../core/losses.js';
import type { StartPosition } from '../core/stream-position.js';
import { tickUnitFromId, unixTicks } from '../core/tick-unit.js';
import {
  CAPACITY_UNIT,
  MAX_RING_CAPACITY,
  MIN_RING_CAPACITY,
  RING_VERSION,
  type RingHeader,
  type RingPolicy,
  ringMaxMessageLengthLimit,
  type StuckReaderPolicy,
} from './ring-header-layout.js';

/** Options of `RingWriter.create` and `RingWriter.open`. */
export interface RingOptions extends Omit<ChannelOptions, 'profile' | 'closeOnExit'> {
  /** Bytes for records, 1024 to 2^30, rounded up to a multiple of 128. Default 32 MiB. */
  readonly capacity?: number;
  /** The largest record in bytes, rounded up to a multiple of 8; default and limit: an eighth of the capacity less 8. */
  readonly maxMessageLength?: number;
  /**
   * `overwrite` (default): the writer never waits, and a slow reader counts its lost records. `back-pressure`: the
   * writer never overtakes a registered reader.
   */
  readonly policy?: RingPolicy;
  /**
   * Action of a back-pressured writer for a live reader that has not moved for `stuckAfterMs`. `wait` (default): wait
   * for it. `evict`: take its slot; the reader ends with `EVICTED`. `fail`: return `ReaderStuck` instead of
   * `BackPressured`.
   */
  readonly stuckReader?: StuckReaderPolicy;
  /**
   * Milliseconds without a move after which a reader that blocks the writer counts as stuck, 1 to 2^32-1. Default:
   * 5000.
   */
  readonly stuckAfterMs?: number;
}

/** Options of `RingWriter.resume`. */
export interface RingResumeOptions {
  /** Mapping back end. Default: the one in `RINGWIRE_BACKEND`, otherwise chosen by length. */
  readonly backend?: BackendName;
  /** Clock of this writer, for tests. Default: the system clock. */
  readonly clock?: Clock;
  /** Ring the doorbell of sleeping readers. Default: true. */
  readonly doorbell?: boolean;
}

/** Options of `RingReader.open`. */
export interface RingReaderOptions extends ReaderOptions {
  /** Start position. Default: `oldest`. */
  readonly from?: StartPosition;
  /**
   * How `poll` delivers records. `copy`: from a private copy that was validated before, so that no handler reads a
   * torn record. `in-place`: from the ring; `onLoss` reports afterwards the records that the writer may have
   * overwritten meanwhile. Default: `copy` if the writer may overwrite this reader, `in-place` if it waits.
   */
  readonly delivery?: 'copy' | 'in-place';
  /** Called during a poll for each loss. Default: no call. */
  readonly onLoss?: (lap: Loss) => void;
  /** On a back-pressure ring: read without back pressure, so that the writer may lap this reader. Default: false. */
  readonly observe?: boolean;
  /**
   * Name in `stat` and `top`, at most 63 bytes. A reader without back pressure is listed only if it has a name and
   * write permission, and one of the 16 slots for observers is free. Default: none.
   */
  readonly name?: string;
}

/** {@link RingOptions} after checking, with every default filled in. */
export interface ResolvedRingOptions {
  /** The header without the id, which a ring with a name may get at its creation. */
  readonly header: Omit<RingHeader, 'channelId'>;
  readonly identity: ChannelIdentity;
  readonly backend: BackendName | undefined;
  readonly prefault: boolean;
  readonly doorbell: boolean;
  readonly fileMode: number;
  readonly clock: Clock;
}

/** {@link RingReaderOptions} after checking, with every default filled in. */
export interface ResolvedRingReaderOptions extends ResolvedReaderOptions {
  readonly from: StartPosition;
  readonly delivery: 'copy' | 'in-place' | undefined;
  readonly onLoss: ((lap: Loss) => void) | null;
  readonly observe: boolean;
  readonly name: string;
}

const RING_OPTIONS = [
  'writerId',
  'channelId',
  'name',
  'capacity',
  'maxMessageLength',
  'timeout',
  'tickUnit',
  'policy',
  'stuckReader',
  'stuckAfterMs',
  'backend',
  'prefault',
  'doorbell',
  'fileMode',
  'clock',
];

const RESUME_OPTIONS = ['backend', 'clock', 'doorbell'];
const RING_READER_OPTIONS = ['from', 'delivery', 'onLoss', 'observe', 'name'];
const READER_OPTIONS = ['backend', 'clock', 'timeout'];

/**
 * Checks the options of a new ring and fills in the defaults.
 * @throws RingwireError `INVALID_ARGUMENT`, `INVALID_MAX_MESSAGE_LENGTH` or `INVALID_TICK_UNIT`
 */
export function resolveRingOptions(options: RingOptions): ResolvedRingOptions {
  onlyKnown(options, RING_OPTIONS);
  const asked = headerOptions(options, (size) => ringMaxMessageLengthLimit(ringCapacityFor(size)));
  const capacity = ringCapacityFor(asked.capacity);
  const tickUnit = tickUnitFromId(asked.tickUnit);
  const clock = options.clock ?? systemClock;
  return {
    header: {
      version: RING_VERSION,
      writerId: u64('writerId', asked.writerId),
      capacity,
      maxMessageLength: maxMessageLengthOf(asked.maxMessageLength, capacity),
      timeout: u64('timeout', asked.timeout),
      creationTime: unixTicks(tickUnit, clock),
      tickUnit,
      policy: oneOf('policy', options.policy ?? CHANNEL_DEFAULTS.policy, [
        'overwrite',
        'back-pressure',
      ] as const),
      stuckReader: oneOf('stuckReader', options.stuckReader ?? CHANNEL_DEFAULTS.stuckReader, [
        'wait',
        'evict',
        'fail',
      ] as const),
      stuckAfterMs: wholeNumber(
        'stuckAfterMs',
        options.stuckAfterMs ?? CHANNEL_DEFAULTS.stuckAfterMs,
        0xffff_ffff,
      ),
    },
    identity: options,
    backend: options.backend,
    prefault: options.prefault ?? false,
    doorbell: options.doorbell ?? true,
    fileMode: wholeNumber('fileMode', options.fileMode ?? 0o600, 0o777),
    clock,
  };
}

/**
 * Checks the options of a resume and fills in the defaults.
 * @throws RingwireError `INVALID_ARGUMENT`
 */
export function resolveResumeOptions(options: RingResumeOptions = {}) {
  onlyKnown(options, RESUME_OPTIONS);
  return {
    backend: options.backend,
    clock: options.clock ?? systemClock,
    doorbell: options.doorbell ?? true,
  };
}

/** The options of a resume among those of an opening; an undefined option counts as not given. */
export function resumeOptionsOf({ backend, clock, doorbell }: RingOptions): RingResumeOptions {
  return {
    ...(backend === undefined ? {} : { backend }),
    ...(clock === undefined ? {} : { clock }),
    ...(doorbell === undefined ? {} : { doorbell }),
  };
}

/**
 * Checks the options of a reader and fills in the defaults.
 * @throws RingwireError `INVALID_ARGUMENT`
 */
export function resolveRingReaderOptions(options: RingReaderOptions = {}): ResolvedRingReaderOptions {
  onlyKnown(options, [...READER_OPTIONS, ...RING_READER_OPTIONS]);
  const { from = 'oldest', delivery, onLoss, observe, name, ...common } = options;
  if (typeof from === 'number') wholeNumber('from', from, Number.MAX_SAFE_INTEGER);
  else if (typeof from === 'object') {
    wholeNumber('from.position', from.position, Number.MAX_SAFE_INTEGER);
    wholeNumber('from.sequence', from.sequence, Number.MAX_SAFE_INTEGER);
  } else oneOf('from', from, ['oldest', 'newest'] as const);
  if (delivery !== undefined) oneOf('delivery', delivery, ['copy', 'in-place'] as const);
  return {
    ...resolveReaderOptions(common),
    from,
    delivery,
    onLoss: onLoss ?? null,
    observe: observe ?? false,
    name: name ?? '',
  };
}

function ringCapacityFor(asked: number): number {
  const bytes = wholeNumber('capacity', asked, MAX_RING_CAPACITY);
  return Math.max(MIN_RING_CAPACITY, Math.ceil(bytes / CAPACITY_UNIT) * CAPACITY_UNIT);
}

function maxMessageLengthOf(asked: number, capacity: number): number {
  const limit = ringMaxMessageLengthLimit(capacity);
  const length = Math.max(8, Math.ceil(wholeNumber('maxMessageLength', asked, 0xffff_ffff) / 8) * 8);
  if (length <= limit) return length;
  throw new RingwireError(
    'INVALID_MAX_MESSAGE_LENGTH',
    `a ring of ${capacity} bytes accepts records of up to ${limit} bytes: for ${asked} set a capacity of at least ${(length + 8) * 8}`,
    { messageLength: asked, maxAllowed: limit, capacity },
  );
}
