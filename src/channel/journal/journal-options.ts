/** The options of journals, checked and resolved in one place. */
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

/** Which segments are deleted, oldest first. Whatever is not given does not limit. */
export interface Retention {
  /** Bytes of all segment files, the one being written included: at least two segments. */
  readonly maxBytes?: number;
  /** Segments, the one being written included: at least 2. */
  readonly maxSegments?: number;
  /** Milliseconds since the last record of a segment was written. */
  readonly maxAgeMs?: number;
  /** Never delete what a registered cursor has still to read, whatever the limits say. Default false. */
  readonly keepForCursors?: boolean;
}

/** What each writer of a journal chooses for itself. */
export interface JournalResumeOptions extends ExitOptions {
  readonly retention?: Retention;
  readonly backend?: BackendName;
  /** Touch every page of a new segment at creation. Default false. */
  readonly prefault?: boolean;
  /** Keep a doorbell file, by which readers can sleep. Default true. */
  readonly doorbell?: boolean;
  /** Permissions of the files, default 0o600. */
  readonly fileMode?: number;
  readonly clock?: Clock;
}

/**
 * Those of a log, where `capacity` is that of each segment, and retention. `capacity` and what else stands in the
 * header are fixed at creation; retention is set by each writer.
 */
export interface JournalOptions extends Omit<ChannelOptions, 'profile'>, JournalResumeOptions {}

/** Options of `JournalReader.open`. */
export interface JournalReaderOptions extends ReaderOptions {
  /** Where to begin; default `oldest`. With a cursor that was saved, its place counts. */
  readonly from?: StartPosition;
  /** Register a durable cursor of this name, or continue where it was saved. One reader at a time uses it: `CURSOR_IN_USE`. */
  readonly cursor?: string;
  /** Called, during a poll, when records were lost: deleted by retention before this reader came to them. */
  readonly onLoss?: (lap: Loss) => void;
}

/** The choices of a writer after checking, with every default filled in. */
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

/** @throws RingwireError `INVALID_ARGUMENT` or `INVALID_TICK_UNIT` */
export function resolveJournalOptions(options: JournalOptions) {
  const { retention, ...channel } = options;
  if ('profile' in channel) resolveWriting({ profile: undefined } as JournalResumeOptions, 0);
  const { header } = resolveChannelOptions(channel);
  const { backend, prefault, doorbell, fileMode, clock, closeOnExit } = channel;
  const writing = { retention, backend, prefault, doorbell, fileMode, clock, closeOnExit };
  return { header, writing: resolveWriting(given(writing), header.capacity) };
}

/** `capacity`: that of a segment. @throws RingwireError `INVALID_ARGUMENT` */
export function resolveWriting(options: JournalResumeOptions, capacity: number): ResolvedWriting {
  onlyKnown(options, WRITING);
  const retention = options.retention ?? {};
  onlyKnown(retention, RETENTION);
  const { maxBytes, maxSegments, maxAgeMs } = retention;
  const atLeast = (name: keyof Retention, value: number | undefined, least: number) => {
    if (value === undefined || wholeNumber(name, value, Number.MAX_SAFE_INTEGER) >= least) return;
    const why = `${name} must be at least ${least}: the segment being written is never deleted, and needs a successor`;
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

/** @throws RingwireError `INVALID_ARGUMENT` */
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
      `from must be oldest, newest or a place, not ${String(from)}`,
    );
  }
  return { ...resolveReaderOptions(common), from, cursor, onLoss };
}

/** The options of a resume among those of an opening; an undefined option counts as not given. */
export function resumeOptionsOf(options: JournalOptions): JournalResumeOptions {
  const { retention, backend, prefault, doorbell, fileMode, clock, closeOnExit } = options;
  return given({ retention, backend, prefault, doorbell, fileMode, clock, closeOnExit });
}

function given(options: { [name in keyof JournalResumeOptions]: JournalResumeOptions[name] | undefined }) {
  return Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined),
  ) as JournalResumeOptions;
}
