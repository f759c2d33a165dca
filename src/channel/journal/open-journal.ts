/** Opens a journal for its writer. */
import { couldNotAccess, RingwireError } from '../../platform/index.js';
import { BellFile } from '../files/doorbell-file.js';
import type { WriterBell } from '../log/writer-parts.js';
import { type ControlFile, releaseControlFile } from './control-file.js';
import { JournalClock } from './journal-clock.js';
import type { ResolvedWriting } from './journal-options.js';
import type { JournalPaths } from './journal-path.js';
import { recoverJournal } from './journal-recovery.js';
import { SegmentChain } from './segment-chain.js';
import type { OpenSegment } from './segment-file.js';

/** Resources of a journal writer, which holds the lock of the control file. */
export interface JournalWriterParts {
  /** The files of the journal. */
  readonly paths: JournalPaths;
  /** The control file. */
  readonly control: ControlFile;
  /** The options of writing. */
  readonly writing: ResolvedWriting;
  /** The clock of the index. */
  readonly times: JournalClock;
  /** The doorbell, or null. */
  readonly bell: BellFile | null;
  /** The segment to continue in. */
  readonly segment: OpenSegment;
}

/**
 * Opens a journal, in any state that the last writer left. The control file is locked, and released on failure.
 * @throws RingwireError like `JournalWriter.resume`
 */
export function openJournal(
  paths: JournalPaths,
  control: ControlFile,
  writing: ResolvedWriting,
): JournalWriterParts {
  let bell: BellFile | null = null;
  try {
    if (writing.doorbell) bell = BellFile.takeOver(paths.control.bell, writing.fileMode, control.header);
    const chain = new SegmentChain(paths, control.header, { backend: writing.backend });
    const times = new JournalClock(writing.clock, chain.latestTime());
    const segment = recoverJournal(chain, writing, times, sharedBell(bell));
    return { paths, control, writing, times, bell, segment };
  } catch (error) {
    bell?.close();
    releaseControlFile(control.fd, true);
    throw error instanceof RingwireError ? error : couldNotAccess(paths.folder, error);
  }
}

/** The bell of the journal, for a segment. Only the journal closes it. */
export function sharedBell(bell: BellFile | null): WriterBell | null {
  return bell === null ? null : { doorbell: bell.doorbell, close: () => {} };
}
