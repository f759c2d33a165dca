/** Resuming a log whose writer died, after its last published record. */
import fs from 'node:fs';
import { type BackendName, couldNotAccess, RingwireError } from '../../platform/index.js';
import type { ExitOptions } from '../core/close-on-exit.js';
import { WORD } from '../core/record-header.js';
import type { LogScan } from '../core/scan.js';
import { channelPaths } from '../files/channel-path.js';
import { BellFile } from '../files/doorbell-file.js';
import { DATA_OFFSET } from './log-record-layout.js';
import { usableEnd } from './log-sizes.js';
import { takeOver } from './take-over.js';
import { clearUncommittedTail } from './uncommitted-tail.js';
import type { WriterParts } from './writer-parts.js';

/** Options of `ShmWriter.resume`. */
export interface ResumeOptions extends ExitOptions {
  readonly backend?: BackendName;
  /** Touch every page, so that no write meets a page fault. Default false. */
  readonly prefault?: boolean;
  /** Keep a doorbell file beside the channel. Default true. */
  readonly doorbell?: boolean;
  /** Permissions of a doorbell file that has to be made, default 0o600. */
  readonly fileMode?: number;
  /** Resume where no lock says that the writer is gone: files of the original. Default false. */
  readonly force?: boolean;
}

/** @throws RingwireError as `ShmWriter.resume` says */
export function resumeLog(
  root: string,
  channelId: bigint | number,
  options: ResumeOptions,
): WriterParts & { readonly scan: LogScan } {
  const paths = channelPaths(root, channelId);
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
        `${file.path} is full: end it with recoverChannel() and close, and continue in a new channel`,
        { path: file.path, position, required: WORD, left: Math.max(0, left) },
      );
    }
    // On disk before the first new record: else a power cut could bring the uncommitted tail back after it. So are the
    // records before it: what their writer had flushed is unknown, and from here on flush() begins at `position`.
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
