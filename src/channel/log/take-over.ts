/**
 * Taking over a log whose writer is gone: the lock first, then the scan. An addition outside the kekbit format.
 *
 * INV-TAKE-01: no process takes over while another holds the writer's lock, however late it is.
 * INV-TAKE-02: the scan stops at the first WATERMARK; nothing after it is ever taken for a record.
 * INV-TAKE-03: no byte at or behind the end of the file is touched, also where the file is shorter than its channel.
 */
import fs from 'node:fs';
import {
  type BackendName,
  couldNotAccess,
  isLocked,
  type Mapping,
  mapExisting,
  RingwireError,
  tryLock,
  unlock,
} from '../../platform/index.js';
import { WORD } from '../core/record-header.js';
import type { LogScan, ScanProgress } from '../core/scan.js';
import type { ChannelPaths } from '../files/channel-path.js';
import { readOwner } from '../files/doorbell-file.js';
import { type LogFile, openLogFile } from './log-file.js';
import { ShmReader } from './log-reader.js';
import { DATA_OFFSET } from './log-record-layout.js';
import { scanLog } from './log-scan.js';
import { fileLayoutOf } from './log-sizes.js';

/** Options of {@link takeOver}. */
export interface TakeOverOptions {
  readonly backend?: BackendName | undefined;
  /**
   * Take over a file without a writer's lock: one of the original, or a copy of another length. Only for who knows
   * that its writer is gone. A lock that is held is respected all the same. Default false.
   */
  readonly force?: boolean | undefined;
  readonly onProgress?: ScanProgress | undefined;
}

/** A log that is ours to change, or, opened read-only, to look at. */
export interface AbandonedLog {
  readonly file: LogFile;
  readonly mapping: Mapping;
  readonly scan: LogScan;
  /** The data area with the room for its end marker, as far as the file goes. */
  readonly area: Buffer;
  /** Closes the file and gives the lock back. */
  release(): void;
}

/**
 * Takes the lock of a log whose writer is gone, allocates the holes of its file, and scans it; opened read-only, it only scans.
 * @throws RingwireError `WRITER_EXISTS` while a writer lives or, without `force`, may live; all errors of opening a
 * channel; `NO_SPACE` for a file with holes on a full disk; `COULD_NOT_ACCESS_STORAGE` where the file system has no locks
 */
export function takeOver(
  paths: ChannelPaths,
  writable: boolean,
  { backend, force, onProgress }: TakeOverOptions,
): AbandonedLog {
  const file = openLogFile(paths, writable);
  let mapping: Mapping | undefined;
  try {
    refuseLiveWriter(file, paths, writable, force ?? false);
    const length = Math.min(file.length, DATA_OFFSET + file.header.capacity + WORD);
    const mapped = mapExisting(file.fd, file.path, { length, writable, backend });
    mapping = mapped;
    return {
      file,
      mapping,
      scan: scanLog(ShmReader.over(file, mapping), onProgress),
      area: Buffer.from(mapping.memory, DATA_OFFSET, length - DATA_OFFSET),
      release() {
        mapped.close();
        if (writable) unlock(file.fd);
        fs.closeSync(file.fd);
      },
    };
  } catch (error) {
    mapping?.close();
    if (writable) unlock(file.fd);
    fs.closeSync(file.fd);
    throw error instanceof RingwireError ? error : couldNotAccess(file.path, error);
  }
}

function refuseLiveWriter(file: LogFile, paths: ChannelPaths, take: boolean, force: boolean): void {
  const { path } = file;
  const held = take ? !tryLock(file.fd, path) : isLocked(file.fd) === true;
  if (held) {
    const owner = readOwner(paths.bell, file.header);
    const who = owner === null ? 'another process' : `process ${owner.pid}`;
    throw new RingwireError('WRITER_EXISTS', `${path} has a live writer (${who}): stop it first`, { path });
  }
  if (!force && fileLayoutOf(file.length, file.header.capacity) !== 'full') {
    throw new RingwireError(
      'WRITER_EXISTS',
      `whether the writer of ${path} lives cannot be told, because the file was not made by ringwire: pass force if you know that it is gone`,
      { path },
    );
  }
}
