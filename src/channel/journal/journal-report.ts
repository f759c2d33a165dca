/** Reads the state or the whole content of a journal, without changing it. */
import { type ProcessIdentity, RingwireError } from '../../platform/index.js';
import type { ChannelHeader } from '../core/header-layout.js';
import type { ScanProgress } from '../core/scan.js';
import { type ChannelKey, channelIdOf } from '../files/channel-names.js';
import { readOwner } from '../files/doorbell-file.js';
import { scanLog } from '../log/log-scan.js';
import { fileLengthFor } from '../log/log-sizes.js';
import { journalWriterAlive, openControlFile, releaseControlFile } from './control-file.js';
import { type JournalPaths, journalPaths, segmentPaths } from './journal-path.js';
import { type RegisteredCursor, registeredCursors } from './retention.js';
import { isGone, SegmentChain } from './segment-chain.js';
import { readIndexHeader } from './segment-index.js';

/** State of a journal, found at a bounded cost. */
export interface JournalStatus {
  /** The id of the journal. */
  readonly channelId: bigint;
  /** The folder of the journal. */
  readonly path: string;
  /**
   * State of the journal.
   * - `alive`: a process holds the writer's lock.
   * - `dead`: no process holds it, and the journal is not closed.
   * - `closed`: the last writer closed it. It may be resumed.
   * - `damaged`: the newest segment is damaged; `error` states the damage.
   */
  readonly state: 'alive' | 'dead' | 'closed' | 'damaged';
  /** The header of the journal and of its segments. */
  readonly header: ChannelHeader;
  /** Number of segments. */
  readonly segments: number;
  /** Bytes of the segment files. */
  readonly bytes: number;
  /** Sequence number of the oldest record. The journal contains `nextSequence - oldestSequence` records. */
  readonly oldestSequence: number;
  /** Sequence number of the next record. */
  readonly nextSequence: number;
  /** Position of the oldest record, in bytes. */
  readonly oldestPosition: number;
  /** Position of the next record, in bytes. */
  readonly position: number;
  /** State of the writer by its lock. */
  readonly writer: 'alive' | 'dead' | 'unknown';
  /** The process that last became the writer, by its own record; null if unknown. */
  readonly owner: ProcessIdentity | null;
  /** The registered cursors. */
  readonly cursors: readonly RegisteredCursor[];
  /** Damage of the newest segment, or null. */
  readonly error: RingwireError | null;
}

/** Report of a scan over a whole journal. */
export interface JournalReport extends JournalStatus {
  /** Number of records. */
  readonly records: number;
  /** Number of heartbeats. */
  readonly heartbeats: number;
  /** Bytes of all records, without headers and padding. */
  readonly payloadBytes: number;
  /** The faults found, as sentences; empty for a sound journal. */
  readonly problems: readonly string[];
}

/**
 * Returns the state of a journal. Reads only its newest segment, from the last index entry.
 * @throws RingwireError the errors of opening a journal; `CORRUPT_CHANNEL` if the positions of its segments are
 * unknown
 */
export function journalStatus(root: string, channel: ChannelKey): JournalStatus {
  const channelId = channelIdOf(root, channel);
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
      channelId,
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
 * Reads and checks a whole journal: every record, the order of the segments, and the indexes. Changes nothing.
 * @throws RingwireError like {@link journalStatus}
 */
export function verifyJournal(
  root: string,
  channel: ChannelKey,
  { onProgress }: { readonly onProgress?: ScanProgress } = {},
): JournalReport {
  const status = journalStatus(root, channel);
  const { header, channelId } = status;
  const paths = journalPaths(root, channelId);
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
    // Retention deleted the segment during the scan.
    if (report === null) return;
    const stored = readIndexHeader(index, header.creationTime, ordinal);
    if (stored === null) problems.push(`${index} is missing or damaged: a search reads the whole segment`);
    else if (stored.sequence !== sequence) {
      problems.push(
        `${file} starts with record ${stored.sequence}, not ${sequence}: records before it are missing`,
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
      problems.push(`${file} is not closed, but the next segment has records`);
    }
    records += report.records;
    heartbeats += report.heartbeats;
    payloadBytes += report.payloadBytes;
    sequence = (stored?.sequence ?? sequence) + report.records;
  });
  return { ...status, records, heartbeats, payloadBytes, problems };
}

/** Scans a segment. `error` is also set for a segment that cannot be opened. Returns null for a deleted segment. */
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
    `${path} has no segment: its writer is starting, or died while starting`,
    {
      path,
    },
  );
}
