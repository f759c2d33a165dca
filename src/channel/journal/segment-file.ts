/**
 * Creating the next segment of a journal.
 *
 * INV-JOURNAL-06: a segment has its name only when it is complete and its index is there.
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

/** A segment that can be written. */
export interface OpenSegment {
  readonly ordinal: number;
  readonly writer: ShmWriter;
  readonly index: IndexWriter;
  /** Sequence number of its next record. */
  readonly sequence: number;
}

/** @throws RingwireError like `ShmWriter.create`; nothing is left behind then */
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

/** Whether a segment holds no record: its first word is the mark of an unwritten one. */
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
 * Removes what a creation of segment `ordinal` that failed may have left. The writer's lock on the journal is held, and no
 * record was written to the segment: the one before it was not ended.
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
