/**
 * Takes over a log whose writer closed it or died: the lock first, then the scan. An addition outside the kekbit
 * format.
 *
 * INV-TAKE-01: no process takes over while another holds the writer's lock, even if that writer is late.
 * INV-TAKE-02: the scan stops at the first WATERMARK; nothing after it is ever taken for a record.
 * INV-TAKE-04: a writer that takes a channel over holds the lock of the file that the name of the channel refers to: not of
 * one that was removed meanwhile.
 * INV-TAKE-03: no byte at or after the end of the file is touched, also where the file is shorter than its channel.
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
import { requireNamed } from '../files/creation-lock.js';
import { readOwner } from '../files/doorbell-file.js';
import { type LogFile, openLogFile } from './log-file.js';
import { ShmReader } from './log-reader.js';
import { DATA_OFFSET } from './log-record-layout.js';
import { scanLog } from './log-scan.js';
import { fileLayoutOf } from './log-sizes.js';

/** Options of {@link takeOver}. */
export interface TakeOverOptions {
  /** Mapping back end. Default: mmap-io if it loads, otherwise koffi. */
  readonly backend?: BackendName | undefined;
  /**
   * Take over a file without a writer's lock: a file of kekbit, or a copy of another length. The caller must know
   * that no writer is alive. A held lock is still respected. Default: false.
   */
  readonly force?: boolean | undefined;
  /** Receives the progress of the scan. Default: no calls. */
  readonly onProgress?: ScanProgress | undefined;
}

/** A log that this process may change, or inspect if it was opened read-only. */
export interface AbandonedLog {
  /** The channel file. */
  readonly file: LogFile;
  /** The mapping of the file. */
  readonly mapping: Mapping;
  /** Result of the scan. */
  readonly scan: LogScan;
  /** The data area with the space for its close marker, up to the end of the file. */
  readonly area: Buffer;
  /** Closes the file and releases the lock. */
  release(): void;
}

/**
 * Takes the lock of a log without a live writer, allocates the holes of its file, and scans it. Read-only, it only
 * scans.
 * @throws RingwireError `WRITER_EXISTS` while a writer is alive or, without `force`, may be alive; the errors of
 * opening a channel; `NO_SPACE` for a file with holes on a full disk; `COULD_NOT_ACCESS_STORAGE` if the file system
 * has no locks
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
    if (writable) requireNamed(file.path, file.fd);
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
      `the state of the writer of ${path} is unknown, because ringwire did not create the file: pass force if no writer is alive`,
      { path },
    );
  }
}
