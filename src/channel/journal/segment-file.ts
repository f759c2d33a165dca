/**
 * Creates the next segment of a journal.
 *
 * INV-JOURNAL-06: a segment gets its name only when it is complete and its index exists.
 */
import fs from 'node:fs';
import { couldNotAccess, openRegularFile, RingwireError } from '../../platform/index.js';
import type { ChannelHeader } from '../core/header-layout.js';
import { WORD } from '../core/record-header.js';
import { unixTicks } from '../core/tick-unit.js';
import { nameIsTaken, removeStaleLockOf } from '../files/creation-lock.js';
import { removeQuietly } from '../files/remove-quietly.js';
import { createLogWith } from '../log/create-log.js';
import { DATA_OFFSET, WATERMARK } from '../log/log-record-layout.js';
import { ShmWriter } from '../log/log-writer.js';
import type { WriterBell } from '../log/writer-parts.js';
import type { JournalClock } from './journal-clock.js';
import type { ResolvedWriting } from './journal-options.js';
import { type JournalPaths, segmentPaths } from './journal-path.js';
import { IndexWriter } from './segment-index.js';

/** A segment open for writing. */
export interface OpenSegment {
  /** Ordinal of the segment. */
  readonly ordinal: number;
  /** Writer of the segment. */
  readonly writer: ShmWriter;
  /** Writer of its index. */
  readonly index: IndexWriter;
  /** Sequence number of its next record. */
  readonly sequence: number;
}

/**
 * Creates a segment and its index.
 * @throws RingwireError like `ShmWriter.create`; no file is left then
 */
export function createSegment(
  paths: JournalPaths,
  journal: ChannelHeader,
  { ordinal, sequence }: { readonly ordinal: number; readonly sequence: number },
  writing: ResolvedWriting,
  times: JournalClock,
  bell: WriterBell | null,
): OpenSegment {
  const files = segmentPaths(paths.folder, ordinal);
  const { clock, backend, prefault, doorbell, fileMode } = writing;
  const header = {
    ...journal,
    channelId: BigInt(ordinal),
    creationTime: unixTicks(journal.tickUnit, clock),
  };
  removeUnfinished(files);
  let index: IndexWriter | undefined;
  try {
    const options = {
      ...{ header, backend, prefault, doorbell, fileMode },
      profile: 'portable',
      closeOnExit: false,
    } as const;
    const parts = createLogWith(files, options, () => {
      const about = { journal: journal.creationTime, ordinal, sequence, created: times.now() };
      index = IndexWriter.create(files.index, about, journal.capacity, fileMode);
      return bell;
    });
    return {
      ordinal,
      writer: new ShmWriter(parts),
      index: index as IndexWriter | undefined as IndexWriter,
      sequence,
    };
  } catch (error) {
    (index as IndexWriter | undefined)?.close();
    removeQuietly(files.index);
    throw error;
  }
}

/** Whether a segment contains no record: its first word is a WATERMARK. */
function isEmpty(file: string): boolean {
  const { fd } = openRegularFile(file, false);
  try {
    const word = Buffer.alloc(WORD);
    return fs.readSync(fd, word, 0, WORD, DATA_OFFSET) === WORD && word.readBigInt64LE() === WATERMARK;
  } finally {
    fs.closeSync(fd);
  }
}

/**
 * Removes the files of a failed creation of segment `ordinal`. The caller holds the writer's lock. The segment has no
 * record, because the previous one is not closed.
 * @throws RingwireError `COULD_NOT_ACCESS_STORAGE`
 */
function removeUnfinished(files: ReturnType<typeof segmentPaths>): void {
  try {
    if (nameIsTaken(files.lock)) removeStaleLockOf(files, { force: true });
    if (nameIsTaken(files.file) && isEmpty(files.file)) fs.rmSync(files.file);
  } catch (error) {
    throw error instanceof RingwireError ? error : couldNotAccess(files.file, error);
  }
}
