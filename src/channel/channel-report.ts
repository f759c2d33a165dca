/** Reads a whole channel and reports its content, without changing it. */
import { isMachineFault, type ProcessIdentity, RingwireError } from '../platform/index.js';
import { type WriterWord, writerWord } from './channel-state.js';
import type { ChannelHeader } from './core/header-layout.js';
import type { LogEnd, LogScan, ScanProgress } from './core/scan.js';
import { type ChannelKey, channelIdOf } from './files/channel-names.js';
import { channelPaths } from './files/channel-path.js';
import { readOwner } from './files/doorbell-file.js';
import { type JournalReport, verifyJournal } from './journal/journal-report.js';
import { ShmReader } from './log/log-reader.js';
import { scanLog } from './log/log-scan.js';
import type { FileLayout } from './log/log-sizes.js';
import { type ChannelKind, channelKind } from './open-reader.js';
import type { RingHeader } from './ring/ring-header-layout.js';
import { type RingReport, scanRing } from './ring/ring-scan.js';

/** The report of {@link verifyChannel}. */
export interface ChannelReport extends Omit<LogScan, 'end'> {
  /** The requested id. The header may contain another one. */
  readonly channelId: bigint;
  /** The file of a log or ring, the folder of a journal. */
  readonly path: string;
  /** Kind of the channel; null if the file could not be read. */
  readonly kind: ChannelKind | null;
  /** How the records end; `unreadable` if the channel could not be opened, with the reason in `error`. */
  readonly end: LogEnd | 'unreadable';
  /** Why the channel could not be opened, or the damage found; null for a sound channel. */
  readonly error: RingwireError | null;
  /** The header; null if the channel could not be opened. */
  readonly header: ChannelHeader | RingHeader | null;
  /** Layout of a log; null for a ring, which has one layout, and for an unreadable channel. */
  readonly layout: FileLayout | null;
  /**
   * Facts of a ring; null for other kinds. `records` and `payloadBytes` count its current content; `position` is its
   * end.
   */
  readonly ring: RingReport | null;
  /** Facts of a journal; null for other kinds. `position` counts through all segments. */
  readonly journal: JournalFacts | null;
  /** Length of the file in bytes; of all segments of a journal. Null if unknown. */
  readonly fileLength: number | null;
  /**
   * State of the writer's lock just before the scan. `dead`: no process holds it, because the writer closed the
   * channel or died. `unknown`: the file has no lock, as a file of kekbit.
   */
  readonly writer: WriterWord;
  /** The process that created or last resumed the channel, by its own record; null if unknown. */
  readonly owner: ProcessIdentity | null;
}

/** The facts of a journal that other channels do not have. */
export type JournalFacts = Pick<
  JournalReport,
  'segments' | 'oldestSequence' | 'nextSequence' | 'oldestPosition' | 'cursors' | 'problems'
>;

/** Options of {@link verifyChannel}. */
export interface VerifyOptions {
  /** Receives the progress of the scan. Default: no calls. */
  readonly onProgress?: ScanProgress;
}

/**
 * Reads a whole channel and reports its content. Never changes the file. Damage does not throw: the report states it
 * in `end` and `error`.
 * @throws RingwireError `INVALID_ARGUMENT` for an invalid id or name, `STORAGE_NOT_FOUND` for an unknown name,
 * `UNSUPPORTED_PLATFORM` or `NATIVE_MODULE_MISSING`
 */
export function verifyChannel(root: string, channel: ChannelKey, options: VerifyOptions = {}): ChannelReport {
  const channelId = channelIdOf(root, channel);
  const paths = channelPaths(root, channelId);
  const about = { channelId, path: paths.file };
  let kind: ChannelKind | null = null;
  try {
    kind = channelKind(root, channelId);
    if (kind === 'journal') return { ...about, kind, ...journalReport(root, channelId, options) };
    const found =
      kind === 'ring'
        ? ringReport(root, channelId, options.onProgress)
        : logReport(root, channelId, options.onProgress);
    return { ...about, kind, ...found };
  } catch (error) {
    if (!(error instanceof RingwireError) || isMachineFault(error)) throw error;
    return { ...about, kind, owner: readOwner(paths.bell), ...NOTHING_READ, error };
  }
}

/** Returns the process that created or last resumed a log, by its own record; null if unknown. */
export function logOwner(root: string, channel: ChannelKey): ProcessIdentity | null {
  return readOwner(channelPaths(root, channel).bell);
}

function ringReport(root: string, channelId: bigint, onProgress: ScanProgress | undefined) {
  const { writerAlive, ...found } = scanRing(root, channelId, onProgress);
  return { ...found, layout: null, journal: null, writer: writerWord(writerAlive) };
}

function journalReport(root: string, channelId: bigint, options: VerifyOptions) {
  const report = verifyJournal(root, channelId, options);
  const { header, path, position, records, heartbeats, payloadBytes, writer, owner, state } = report;
  const { segments, oldestSequence, nextSequence, oldestPosition, cursors, problems } = report;
  const [reason] = problems;
  const error =
    reason === undefined ? report.error : new RingwireError('CORRUPT_CHANNEL', reason, { path, reason });
  const end: LogEnd = error !== null ? 'corrupt' : state === 'closed' ? 'closed' : 'open';
  const journal = { segments, oldestSequence, nextSequence, oldestPosition, cursors, problems };
  return {
    ...{ path, header, position, records, heartbeats, payloadBytes, writer, owner, end, error, journal },
    ...{ lastRecord: null, layout: null, ring: null, fileLength: report.bytes },
  };
}

function logReport(root: string, channelId: bigint, onProgress: ScanProgress | undefined) {
  using reader = ShmReader.open(root, channelId, { timeout: 'never' });
  const { header, layout, fileLength } = reader;
  // The lock is checked first: otherwise a writer that closes during the scan would count as dead.
  const writer = writerWord(reader.writerAlive);
  const owner = readOwner(channelPaths(root, channelId).bell, header);
  return {
    ...scanLog(reader, onProgress),
    header,
    layout,
    fileLength,
    writer,
    owner,
    ring: null,
    journal: null,
  };
}

const NOTHING_READ = {
  records: 0,
  heartbeats: 0,
  payloadBytes: 0,
  lastRecord: null,
  position: 0,
  end: 'unreadable',
  header: null,
  layout: null,
  ring: null,
  journal: null,
  fileLength: null,
  writer: 'unknown',
} as const;
