/**
 * Prepares a journal for a new writer in any state that the last writer left. Every step can be repeated: a process
 * that dies during a step leaves a state that the next run handles.
 */
import fs from 'node:fs';
import { RingwireError } from '../../platform/index.js';
import { removeStaleLockOf } from '../files/creation-lock.js';
import { ShmWriter } from '../log/log-writer.js';
import { recoverChannel } from '../log/recover-log.js';
import { resumeLog } from '../log/resume-log.js';
import type { WriterBell } from '../log/writer-parts.js';
import type { JournalClock } from './journal-clock.js';
import type { ResolvedWriting } from './journal-options.js';
import { indexPathOf, listSegments, segmentPaths } from './journal-path.js';
import type { SegmentChain } from './segment-chain.js';
import { createSegment, type OpenSegment } from './segment-file.js';
import { IndexWriter, readIndex } from './segment-index.js';

/**
 * Finds the position to continue at, and closes the previous segment. The caller holds the writer's lock.
 * @throws RingwireError `CORRUPT_CHANNEL` or `STORAGE_TRUNCATED` for a damaged newest segment; the errors of creation
 */
export function recoverJournal(
  chain: SegmentChain,
  writing: ResolvedWriting,
  times: JournalClock,
  bell: WriterBell | null,
): OpenSegment {
  const { paths, header } = chain;
  const newest = removeLeftovers(chain);
  const create = (ordinal: number, sequence: number) =>
    createSegment(paths, header, { ordinal, sequence }, writing, times, bell);
  if (newest === undefined) return create(0, 0);
  chain.open(newest).close();
  const base = chain.baseOf(newest);
  const resumed = resume(chain, newest, base, writing, times, bell);
  const segment = resumed ?? create(newest + 1, base + countRecords(chain, newest));
  try {
    // As in a roll, the previous segment is closed last: without a successor its end would be the end of the
    // journal. A segment without records may come from a writer that died before it closed the previous one.
    const isEmpty = resumed === null || resumed.sequence === base;
    if (isEmpty && segment.ordinal > 0) endSegment(chain, segment.ordinal - 1, writing);
    return segment;
  } catch (error) {
    segment.index.close();
    segment.writer.detach();
    throw error;
  }
}

/**
 * Resumes a segment.
 * @returns null for a full or closed segment, which accepts no more records
 */
function resume(
  { paths, header }: SegmentChain,
  ordinal: number,
  base: number,
  { backend, prefault, fileMode }: ResolvedWriting,
  times: JournalClock,
  bell: WriterBell | null,
): OpenSegment | null {
  const options = { prefault, doorbell: false, ...(backend === undefined ? {} : { backend }) };
  let parts: ReturnType<typeof resumeLog>;
  try {
    parts = resumeLog(paths.folder, ordinal, options);
  } catch (error) {
    if (error instanceof RingwireError && (error.code === 'CHANNEL_FULL' || error.code === 'CLOSED'))
      return null;
    throw error;
  }
  const path = segmentPaths(paths.folder, ordinal).index;
  const { creationTime: journal, capacity } = header;
  const stored = readIndex(path, { journal, ordinal, capacity });
  const writer = new ShmWriter({ ...parts, bell });
  try {
    const about = { journal, ordinal, sequence: base, created: times.now() };
    const index =
      stored === null
        ? IndexWriter.create(path, about, capacity, fileMode)
        : IndexWriter.resume(path, stored, capacity, parts.position);
    return { ordinal, writer, index, sequence: base + parts.scan.records };
  } catch (error) {
    writer.detach();
    throw error;
  }
}

/** Number of records of a segment that is no longer written. Its index then contains no entry after them. */
function countRecords(chain: SegmentChain, ordinal: number): number {
  const { creationTime: journal, capacity } = chain.header;
  const path = segmentPaths(chain.paths.folder, ordinal).index;
  const { position, records } = chain.endOf(ordinal);
  const stored = readIndex(path, { journal, ordinal, capacity });
  if (stored !== null) IndexWriter.resume(path, stored, capacity, position).close();
  return records;
}

function endSegment({ paths }: SegmentChain, ordinal: number, { backend }: ResolvedWriting): void {
  try {
    const options = { dryRun: false, close: true, ...(backend === undefined ? {} : { backend }) };
    recoverChannel(paths.folder, ordinal, options);
  } catch (error) {
    if (!(error instanceof RingwireError && error.code === 'STORAGE_NOT_FOUND')) throw error;
  }
}

/**
 * Removes the files of an unfinished creation or deletion.
 * @returns the newest segment
 */
function removeLeftovers(chain: SegmentChain): number | undefined {
  const { folder } = chain.paths;
  const before = listSegments(folder, chain.header.capacity).at(-1);
  // The writer's lock of the journal excludes other creators, so the creator of a leftover is dead.
  for (const ordinal of before === undefined ? [0] : [before, before + 1]) {
    removeStaleLockOf(segmentPaths(folder, ordinal), { force: true });
  }
  const ordinals = chain.list();
  if (ordinals.length > 0) removeLoneIndexes(folder, new Set(ordinals));
  return ordinals.at(-1);
}

function removeLoneIndexes(folder: string, ordinals: ReadonlySet<number>): void {
  const parents = new Set([...ordinals].map((ordinal) => segmentPaths(folder, ordinal).folder));
  const kept = new Set([...ordinals].map((ordinal) => segmentPaths(folder, ordinal).index));
  for (const parent of parents) {
    for (const name of fs.readdirSync(parent)) {
      if (!name.endsWith('.index')) continue;
      const path = `${parent}/${name}`;
      if (path === indexPathOf(path.replace(/index$/, 'kekbit')) && !kept.has(path)) fs.rmSync(path);
    }
  }
}
