/** Resumes a log whose writer died, after its last published record. */
import fs from 'node:fs';
import { type BackendName, couldNotAccess, RingwireError } from '../../platform/index.js';
import type { ExitOptions } from '../core/close-on-exit.js';
import { WORD } from '../core/record-header.js';
import type { LogScan } from '../core/scan.js';
import { unlockNamed } from '../files/abandoned-names.js';
import type { ChannelKey } from '../files/channel-names.js';
import { channelPaths } from '../files/channel-path.js';
import { BellFile } from '../files/doorbell-file.js';
import { DATA_OFFSET } from './log-record-layout.js';
import { usableEnd } from './log-sizes.js';
import { takeOver } from './take-over.js';
import { clearUncommittedTail } from './uncommitted-tail.js';
import type { WriterParts } from './writer-parts.js';

/** Options of `ShmWriter.resume`. */
export interface ResumeOptions extends ExitOptions {
  /** Mapping back end. Default: mmap-io if it loads, otherwise koffi. */
  readonly backend?: BackendName;
  /** Touch every page, so that no write causes a page fault. Default: false. */
  readonly prefault?: boolean;
  /** Keep a doorbell file beside the channel. Default: true. */
  readonly doorbell?: boolean;
  /** Permissions of a new doorbell file. Default: 0o600. */
  readonly fileMode?: number;
  /** Resume a file without a writer's lock, as a file of kekbit. Default: false. */
  readonly force?: boolean;
}

/**
 * Takes over a log and prepares it for writing.
 * @throws RingwireError like `ShmWriter.resume`
 */
export function resumeLog(
  root: string,
  channel: ChannelKey,
  options: ResumeOptions,
): WriterParts & { readonly scan: LogScan } {
  unlockNamed(root, channel);
  const paths = channelPaths(root, channel);
  const log = takeOver(paths, true, options);
  let bell: BellFile | null = null;
  try {
    const { file, mapping, scan, area } = log;
    const { position } = scan;
    if (scan.error !== null) throw scan.error;
    if (scan.end === 'closed') {
      const message = `${file.path} was closed by its writer: continue in a new channel`;
      throw new RingwireError('CLOSED', message, { path: file.path, position });
    }
    const left = usableEnd(file.header.capacity, mapping.length) - position;
    if (left < WORD) {
      throw new RingwireError(
        'CHANNEL_FULL',
        `${file.path} is full: close it with recoverChannel() and the option close, then continue in a new channel`,
        { path: file.path, position, required: WORD, left: Math.max(0, left) },
      );
    }
    // On disk before the first new record: otherwise a power cut could restore the uncommitted tail after it.
    // The records before it are flushed as well: whether their writer flushed them is unknown, and flush()
    // starts at `position`.
    clearUncommittedTail(area, position + WORD);
    mapping.flush(DATA_OFFSET, area.length);
    if (options.doorbell ?? true)
      bell = BellFile.takeOver(paths.bell, options.fileMode ?? 0o600, file.header);
    else fs.rmSync(paths.bell, { force: true });
    if (options.prefault) mapping.prefault();
    return { file, mapping, bell, position, scan };
  } catch (error) {
    bell?.close();
    log.release();
    throw error instanceof RingwireError ? error : couldNotAccess(log.file.path, error);
  }
}
