/** What is in a channel: everything a person or a monitor wants to know about one, found out by reading alone. */
import { type ProcessIdentity, RingwireError } from '../platform/index.js';
import { type WriterWord, writerWord } from './channel-state.js';
import { u64 } from './core/arguments.js';
import type { ChannelHeader } from './core/header-layout.js';
import type { LogEnd, LogScan, ScanProgress } from './core/scan.js';
import { channelPaths } from './files/channel-path.js';
import { readOwner } from './files/doorbell-file.js';
import { type JournalReport, verifyJournal } from './journal/journal-report.js';
import { ShmReader } from './log/log-reader.js';
import { scanLog } from './log/log-scan.js';
import type { FileLayout } from './log/log-sizes.js';
import { type ChannelKind, channelKind } from './open-reader.js';
import type { RingHeader } from './ring/ring-header-layout.js';
import { type RingReport, scanRing } from './ring/ring-scan.js';

/** What {@link verifyChannel} found. */
export interface ChannelReport extends Omit<LogScan, 'end'> {
  /** The id that was asked for; the header may say another one. */
  readonly channelId: bigint;
  readonly path: string;
  /** Null where the file could not be looked at. */
  readonly kind: ChannelKind | null;
  /** `unreadable`: it could not be opened; `error` says why. */
  readonly end: LogEnd | 'unreadable';
  /** Why it could not be opened, or the damage that was met; null for a sound channel. */
  readonly error: RingwireError | null;
  /** Null where the channel could not be opened. */
  readonly header: ChannelHeader | RingHeader | null;
  /** Null for a ring, too: it has one layout. */
  readonly layout: FileLayout | null;
  /** What only a ring has. `records` and `payloadBytes` count what is in it now, `position` is where it ends. */
  readonly ring: RingReport | null;
  /** What only a journal has. `position` counts through all segments. */
  readonly journal: JournalFacts | null;
  /** Length of the file in bytes; of all segments of a journal. */
  readonly fileLength: number | null;
  /**
   * What the kernel's lock said just before the records were read: `dead` when no process holds it (the writer closed
   * the channel, or died), `unknown` where there is none to ask (files of the original).
   */
  readonly writer: WriterWord;
  /** The process that created or last resumed the channel, as it says itself; null where unknown. */
  readonly owner: ProcessIdentity | null;
}

/** What there is to say of a journal beside what any channel has. */
export type JournalFacts = Pick<
  JournalReport,
  'segments' | 'oldestSequence' | 'nextSequence' | 'oldestPosition' | 'cursors' | 'problems'
>;

/** Options of {@link verifyChannel}. */
export interface VerifyOptions {
  readonly onProgress?: ScanProgress;
}

/**
 * Reads a whole channel and reports what is in it. Never edits the file, and never throws for what is wrong with it:
 * that is in `end` and `error`.
 * @throws RingwireError `INVALID_ARGUMENT` for an id that is none, `UNSUPPORTED_PLATFORM`
 */
export function verifyChannel(
  root: string,
  channelId: bigint | number,
  options: VerifyOptions = {},
): ChannelReport {
  const paths = channelPaths(root, channelId);
  const about = { channelId: u64('channelId', channelId), path: paths.file };
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
    if (!(error instanceof RingwireError) || error.code === 'UNSUPPORTED_PLATFORM') throw error;
    return { ...about, kind, owner: readOwner(paths.bell), ...NOTHING_READ, error };
  }
}

/** The process that created or last resumed a log, as it says itself; null where unknown. */
export function logOwner(root: string, channelId: bigint | number): ProcessIdentity | null {
  return readOwner(channelPaths(root, channelId).bell);
}

function ringReport(root: string, channelId: bigint | number, onProgress: ScanProgress | undefined) {
  const { writerAlive, ...found } = scanRing(root, channelId, onProgress);
  return { ...found, layout: null, journal: null, writer: writerWord(writerAlive) };
}

function journalReport(root: string, channelId: bigint | number, options: VerifyOptions) {
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

function logReport(root: string, channelId: bigint | number, onProgress: ScanProgress | undefined) {
  using reader = ShmReader.open(root, channelId, { timeout: 'never' });
  const { header, layout, fileLength } = reader;
  // The lock is asked first: a writer that closes while we read is then not taken for one that died.
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
