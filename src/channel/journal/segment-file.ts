/**
 * Creating the next segment of a journal.
 *
 * INV-JOURNAL-06: a segment has its name only when it is complete and its index is there.
 */
import fs from 'node:fs';
import type { ChannelHeader } from '../core/header-layout.js';
import { unixTicks } from '../core/tick-unit.js';
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
  let index: IndexWriter | undefined;
  try {
    const options = {
      ...{ header, backend, prefault, doorbell, fileMode },
      profile: 'portable',
      closeOnExit: false,
    } as const;
    const writer = ShmWriter.createWith(files, options, () => {
      const about = { journal: journal.creationTime, ordinal, sequence, created: times.now() };
      index = IndexWriter.create(files.index, about, journal.capacity, fileMode);
      return bell;
    });
    return { ordinal, writer, index: index as IndexWriter | undefined as IndexWriter, sequence };
  } catch (error) {
    (index as IndexWriter | undefined)?.close();
    fs.rmSync(files.index, { force: true });
    throw error;
  }
}
