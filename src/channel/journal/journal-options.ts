/** Options of journals, checked and resolved. */
import { type BackendName, type Clock, RingwireError, systemClock } from '../../platform/index.js';
import { onlyKnown, wholeNumber } from '../core/arguments.js';
import {
  type ChannelOptions,
  type ReaderOptions,
  type ResolvedReaderOptions,
  resolveReaderOptions,
} from '../core/channel-options.js';
import type { ExitOptions } from '../core/close-on-exit.js';
import type { Loss } from '../core/losses.js';
import type { StartPosition } from '../core/stream-position.js';
import { resolveChannelOptions } from '../log/log-options.js';
import { fileLengthFor } from '../log/log-sizes.js';

/** Limits of a journal. The writer deletes the oldest segments beyond them. An omitted limit does not apply. */
export interface Retention {
  /** Maximum bytes of all segment files, the current one included: at least two segments. Default: no limit. */
  readonly maxBytes?: number;
  /** Maximum number of segments, the current one included: at least 2. Default: no limit. */
  readonly maxSegments?: number;
  /** Maximum age of a segment in milliseconds since its last record, from 0. Default: no limit. */
  readonly maxAgeMs?: number;
  /** Keep all segments that a registered cursor still needs, regardless of the limits. Default: false. */
  readonly keepForCursors?: boolean;
}

/** Options of `JournalWriter.resume`. Each writer of a journal chooses them. */
export interface JournalResumeOptions extends ExitOptions {
  /** Which segments to delete. Default: none. */
  readonly retention?: Retention;
  /** Mapping back end. Default: mmap-io if it loads, otherwise koffi. */
  readonly backend?: BackendName;
  /** Touch every page of a new segment at creation. Default: false. */
  readonly prefault?: boolean;
  /** Keep a doorbell file, on which readers sleep. Default: true. */
  readonly doorbell?: boolean;
  /** Permissions of the files. Default: 0o600. */
  readonly fileMode?: number;
  /** Clock of this writer, for tests. Default: the system clock. */
  readonly clock?: Clock;
}

/**
 * Options of `JournalWriter.create` and `open`. `capacity` is the capacity of each segment in bytes. The header
 * fields are fixed at creation; each writer sets the other options.
 */
export interface JournalOptions extends Omit<ChannelOptions, 'profile'>, JournalResumeOptions {}

/** Options of `JournalReader.open`. */
export interface JournalReaderOptions extends ReaderOptions {
  /** Start position. Default: `oldest`. A saved position of {@link cursor} takes precedence. */
  readonly from?: StartPosition;
  /**
   * Name of a durable cursor to register or to continue from. One reader at a time uses it; another one fails with
   * `CURSOR_IN_USE`. Default: no cursor.
   */
  readonly cursor?: string;
  /** Called during a poll when retention deleted records before this reader read them. Default: no call. */
  readonly onLoss?: (lap: Loss) => void;
}

/** Options of a writer after checking, with every default filled in. */
export interface ResolvedWriting {
  readonly retention: Retention;
  readonly backend: BackendName | undefined;
  readonly prefault: boolean;
  readonly doorbell: boolean;
  readonly fileMode: number;
  readonly clock: Clock;
  readonly closeOnExit: boolean;
}

/** Reader options after checking, with every default filled in. */
export interface ResolvedJournalReaderOptions extends ResolvedReaderOptions {
  readonly from: StartPosition;
  readonly cursor: string | undefined;
  readonly onLoss: ((lap: Loss) => void) | undefined;
}

const RETENTION = ['maxBytes', 'maxSegments', 'maxAgeMs', 'keepForCursors'];
const WRITING = ['retention', 'backend', 'prefault', 'doorbell', 'fileMode', 'clock', 'closeOnExit'];

/**
 * Checks the options of a new journal and fills in the defaults.
 * @throws RingwireError `INVALID_ARGUMENT` or `INVALID_TICK_UNIT`
 */
export function resolveJournalOptions(options: JournalOptions) {
  const { retention, ...channel } = options;
  if ('profile' in channel) resolveWriting({ profile: undefined } as JournalResumeOptions, 0);
  const { header, identity } = resolveChannelOptions(channel);
  const { backend, prefault, doorbell, fileMode, clock, closeOnExit } = channel;
  const writing = { retention, backend, prefault, doorbell, fileMode, clock, closeOnExit };
  return { header, identity, writing: resolveWriting(given(writing), header.capacity) };
}

/**
 * Checks the options of a writer and fills in the defaults. `capacity`: of a segment in bytes.
 * @throws RingwireError `INVALID_ARGUMENT`
 */
export function resolveWriting(options: JournalResumeOptions, capacity: number): ResolvedWriting {
  onlyKnown(options, WRITING);
  const retention = options.retention ?? {};
  onlyKnown(retention, RETENTION);
  const { maxBytes, maxSegments, maxAgeMs } = retention;
  const atLeast = (name: keyof Retention, value: number | undefined, least: number) => {
    if (value === undefined || wholeNumber(name, value, Number.MAX_SAFE_INTEGER) >= least) return;
    const why = `${name} must be at least ${least}: the writer never deletes the current segment, and a full one needs a successor`;
    throw new RingwireError('INVALID_ARGUMENT', why);
  };
  atLeast('maxBytes', maxBytes, 2 * fileLengthFor(capacity));
  atLeast('maxSegments', maxSegments, 2);
  atLeast('maxAgeMs', maxAgeMs, 0);
  return {
    retention,
    backend: options.backend,
    prefault: options.prefault ?? false,
    doorbell: options.doorbell ?? true,
    fileMode: wholeNumber('fileMode', options.fileMode ?? 0o600, 0o777),
    clock: options.clock ?? systemClock,
    closeOnExit: options.closeOnExit ?? false,
  };
}

/**
 * Checks the options of a reader and fills in the defaults.
 * @throws RingwireError `INVALID_ARGUMENT`
 */
export function resolveJournalReaderOptions(
  options: JournalReaderOptions = {},
): ResolvedJournalReaderOptions {
  onlyKnown(options, ['backend', 'clock', 'timeout', 'from', 'cursor', 'onLoss']);
  const { from = 'oldest', cursor, onLoss, ...common } = options;
  if (typeof from === 'number') wholeNumber('from', from, Number.MAX_SAFE_INTEGER);
  else if (typeof from === 'object') {
    wholeNumber('from.position', from.position, Number.MAX_SAFE_INTEGER);
    wholeNumber('from.sequence', from.sequence, Number.MAX_SAFE_INTEGER);
  } else if (from !== 'oldest' && from !== 'newest') {
    throw new RingwireError(
      'INVALID_ARGUMENT',
      `from must be oldest, newest or a position, not ${String(from)}`,
    );
  }
  return { ...resolveReaderOptions(common), from, cursor, onLoss };
}

/** Returns the options of a resume among those of an opening. An undefined option counts as omitted. */
export function resumeOptionsOf(options: JournalOptions): JournalResumeOptions {
  const { retention, backend, prefault, doorbell, fileMode, clock, closeOnExit } = options;
  return given({ retention, backend, prefault, doorbell, fileMode, clock, closeOnExit });
}

function given(options: { [name in keyof JournalResumeOptions]: JournalResumeOptions[name] | undefined }) {
  return Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined),
  ) as JournalResumeOptions;
}
