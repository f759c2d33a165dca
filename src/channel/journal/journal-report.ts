/** What is in a journal, found out by reading alone. */
import { type ProcessIdentity, RingwireError } from '../../platform/index.js';
import { u64 } from '../core/arguments.js';
import type { ChannelHeader } from '../core/header-layout.js';
import type { ScanProgress } from '../core/scan.js';
import { readOwner } from '../files/doorbell-file.js';
import { scanLog } from '../log/log-scan.js';
import { fileLengthFor } from '../log/log-sizes.js';
import { journalWriterAlive, openControlFile, releaseControlFile } from './control-file.js';
import { type JournalPaths, journalPaths, segmentPaths } from './journal-path.js';
import { type RegisteredCursor, registeredCursors } from './retention.js';
import { isGone, SegmentChain } from './segment-chain.js';
import { readIndexHeader } from './segment-index.js';

/** The state of a journal, found at a bounded cost. */
export interface JournalStatus {
  readonly channelId: bigint;
  /** The folder of the journal. */
  readonly path: string;
  /**
   * - `alive`: a process holds the writer's lock
   * - `dead`: no process does, and the journal was not closed
   * - `closed`: its last writer ended it; it may be resumed
   * - `damaged`: the newest segment is not sound; `error` says why
   */
  readonly state: 'alive' | 'dead' | 'closed' | 'damaged';
  readonly header: ChannelHeader;
  readonly segments: number;
  /** Bytes of the segment files. */
  readonly bytes: number;
  /** Sequence numbers of the oldest record and of the next one: their difference is how many are there. */
  readonly oldestSequence: number;
  readonly nextSequence: number;
  /** Positions of the oldest record and of the next one. */
  readonly oldestPosition: number;
  readonly position: number;
  readonly writer: 'alive' | 'dead' | 'unknown';
  /** The process that last became the writer, as it says itself; null where unknown. */
  readonly owner: ProcessIdentity | null;
  readonly cursors: readonly RegisteredCursor[];
  readonly error: RingwireError | null;
}

/** What reading a whole journal found. */
export interface JournalReport extends JournalStatus {
  readonly records: number;
  readonly heartbeats: number;
  readonly payloadBytes: number;
  /** What is wrong, in sentences; empty for a sound journal. */
  readonly problems: readonly string[];
}

/**
 * How a journal is. Reads its newest segment from the last index entry on, nothing else.
 * @throws RingwireError those of opening a journal; `CORRUPT_CHANNEL` where the chain cannot be told
 */
export function journalStatus(root: string, channelId: bigint | number): JournalStatus {
  const paths = journalPaths(root, channelId);
  const control = openControlFile(paths, false);
  try {
    const { header } = control;
    const alive = journalWriterAlive(control);
    const chain = new SegmentChain(paths, header, { timeout: 'never' });
    const ordinals = chain.list();
    const [oldest, newest] = [ordinals[0], ordinals.at(-1)];
    if (oldest === undefined || newest === undefined) throw noSegments(paths);
    const end = chain.endOf(newest, true);
    return {
      channelId: u64('channelId', channelId),
      path: paths.folder,
      state:
        end.error !== null ? 'damaged' : end.closed && !alive ? 'closed' : alive === false ? 'dead' : 'alive',
      header,
      segments: ordinals.length,
      bytes: ordinals.length * fileLengthFor(header.capacity),
      oldestSequence: chain.baseOf(oldest),
      nextSequence: chain.baseOf(newest) + end.records,
      oldestPosition: oldest * header.capacity,
      position: newest * header.capacity + end.position,
      writer: alive === null ? 'unknown' : alive ? 'alive' : 'dead',
      owner: readOwner(paths.control.bell, header),
      cursors: registeredCursors(paths, header),
      error: end.error,
    };
  } finally {
    releaseControlFile(control.fd, false);
  }
}

/**
 * Reads a whole journal and checks it: every record, the links between segments, the indexes. Never edits anything.
 * @throws like {@link journalStatus}
 */
export function verifyJournal(
  root: string,
  channelId: bigint | number,
  { onProgress }: { readonly onProgress?: ScanProgress } = {},
): JournalReport {
  const status = journalStatus(root, channelId);
  const paths = journalPaths(root, channelId);
  const { header } = status;
  const chain = new SegmentChain(paths, header, { timeout: 'never' });
  const problems: string[] = [];
  let records = 0;
  let heartbeats = 0;
  let payloadBytes = 0;
  let sequence = status.oldestSequence;
  const ordinals = chain.list();
  ordinals.forEach((ordinal, at) => {
    const { file, index } = segmentPaths(paths.folder, ordinal);
    const report = scanSegment(chain, ordinal, (position) =>
      onProgress?.(at * header.capacity + position, ordinals.length * header.capacity),
    );
    // Retention was faster.
    if (report === null) return;
    const stored = readIndexHeader(index, header.creationTime, ordinal);
    if (stored === null)
      problems.push(`${index} is missing or damaged: searches in its segment read all of it`);
    else if (stored.sequence !== sequence) {
      problems.push(
        `${file} begins with record ${stored.sequence}, not ${sequence}: records are missing in front`,
      );
    }
    if (ordinal !== (ordinals[0] as number) + at) problems.push(`a segment before ${file} is missing`);
    const next = at + 1 === ordinals.length ? null : at + 2 === ordinals.length ? 'last' : 'more';
    if (report.error !== null) problems.push(report.error.message);
    else if (
      report.end !== 'closed' &&
      next !== null &&
      !(next === 'last' && isEmpty(chain, ordinals[at + 1]))
    ) {
      problems.push(`${file} has no end, and records follow in the next segment`);
    }
    records += report.records;
    heartbeats += report.heartbeats;
    payloadBytes += report.payloadBytes;
    sequence = (stored?.sequence ?? sequence) + report.records;
  });
  return { ...status, records, heartbeats, payloadBytes, problems };
}

/** What is in a segment, `error` also for one that cannot be opened; null for one that is gone. */
function scanSegment(chain: SegmentChain, ordinal: number, onProgress: ScanProgress) {
  try {
    using reader = chain.open(ordinal);
    return scanLog(reader, onProgress);
  } catch (error) {
    if (isGone(error)) return null;
    if (!(error instanceof RingwireError)) throw error;
    return { records: 0, heartbeats: 0, payloadBytes: 0, end: 'unreadable', error } as const;
  }
}

function isEmpty(chain: SegmentChain, ordinal: number | undefined): boolean {
  return ordinal !== undefined && chain.endOf(ordinal).records === 0;
}

function noSegments({ folder: path }: JournalPaths): RingwireError {
  return new RingwireError(
    'STORAGE_NOT_READY',
    `${path} has no segment: its writer is being started, or died then`,
    {
      path,
    },
  );
}
