/**
 * The control file of a journal, and the lock of its writer.
 *
 * INV-JOURNAL-01: a process that creates or deletes segments or indexes holds the kernel lock on the control file.
 */
import fs from 'node:fs';
import {
  couldNotAccess,
  isLocked,
  openRegularFile,
  RingwireError,
  tryLock,
  unlock,
  WHOLE_FILE,
} from '../../platform/index.js';
import type { ChannelIdentity } from '../core/channel-options.js';
import type { ChannelHeader } from '../core/header-layout.js';
import { createChannelFile } from '../files/channel-file.js';
import { channelPaths } from '../files/channel-path.js';
import { type ClaimedPaths, nameIsTaken, requireComplete, requireNamed } from '../files/creation-lock.js';
import { readOwner } from '../files/doorbell-file.js';
import { CONTROL_LENGTH, decodeControl, encodeControl } from './journal-layout.js';
import { type JournalPaths, journalPaths } from './journal-path.js';

/** An open control file. The owner of this object closes the descriptor. */
export interface ControlFile {
  /** The file descriptor. */
  readonly fd: number;
  /** The header of the journal. */
  readonly header: ChannelHeader;
}

/**
 * Creates the control file and takes the writer's lock.
 * @throws RingwireError like the creation of a channel
 */
export function createControlFile(
  control: ClaimedPaths,
  header: ChannelHeader,
  fileMode: number,
): ControlFile {
  const { file } = channelPaths(control.root, header.channelId);
  if (nameIsTaken(file)) {
    const message = `${file} exists: the channel with this id is not a journal; use another channel id`;
    throw new RingwireError('STORAGE_ALREADY_EXISTS', message, { path: file });
  }
  const contents: [number, Buffer][] = [[0, encodeControl(header)]];
  const fd = createChannelFile(control, {
    length: CONTROL_LENGTH,
    contents,
    lock: WHOLE_FILE,
    fileMode,
  });
  return { fd, header };
}

/**
 * The files of the journal that the options of a creation identify; null if it does not exist.
 * @throws RingwireError `INVALID_ARGUMENT`, `COULD_NOT_ACCESS_STORAGE`
 */
export function existingJournal(root: string, identity: ChannelIdentity): JournalPaths | null {
  try {
    const paths = journalPaths(root, identity);
    return nameIsTaken(paths.control.file) ? paths : null;
  } catch (error) {
    if (error instanceof RingwireError && error.code === 'STORAGE_NOT_FOUND') return null;
    throw error;
  }
}

/**
 * Opens the control file. For writing it also takes the writer's lock.
 * @throws RingwireError `STORAGE_NOT_FOUND`, `STORAGE_NOT_READY`, `WRITER_EXISTS`, `COULD_NOT_ACCESS_STORAGE`, or the
 * fault of the file
 */
export function openControlFile(paths: JournalPaths, writable: boolean): ControlFile {
  const { file, bell } = paths.control;
  requireComplete(paths.control);
  const { fd } = openRegularFile(file, writable);
  try {
    if (writable && !tryLock(fd, file)) {
      const owner = readOwner(bell);
      const who = owner === null ? 'another process' : `process ${owner.pid}`;
      throw new RingwireError('WRITER_EXISTS', `${file} has a live writer (${who}): stop it first`, {
        path: file,
      });
    }
    if (writable) requireNamed(file, fd);
    const bytes = Buffer.alloc(CONTROL_LENGTH);
    const length = fs.readSync(fd, bytes, 0, CONTROL_LENGTH, 0);
    return { fd, header: decodeControl(bytes.subarray(0, length), file) };
  } catch (error) {
    releaseControlFile(fd, writable);
    throw error instanceof RingwireError ? error : couldNotAccess(file, error);
  }
}

/** Closes a control file. `locked`: whether to release the writer's lock. */
export function releaseControlFile(fd: number, locked: boolean): void {
  if (locked) unlock(fd);
  fs.closeSync(fd);
}

/** Whether a process holds the writer's lock; null if unknown. */
export function journalWriterAlive({ fd }: ControlFile): boolean | null {
  return isLocked(fd);
}
