/**
 * Creates the file of a log or ring.
 *
 * INV-FILE-01: under its final name a channel is complete: header, first marker, every block allocated, on disk.
 * INV-FILE-02: a creation that fails leaves no file, and changes no file but its own.
 * INV-FILE-03: the writer's lock is held from before the file appears until the writer has closed it or its process
 * has ended.
 */
import fs from 'node:fs';
import {
  type LockRange,
  RingwireError,
  reserve,
  storageError,
  systemCode,
  tryLockNew,
} from '../../platform/index.js';
import { makeFolders, syncFolder } from './channel-folders.js';
import type { ChannelPaths } from './channel-path.js';
import { type ClaimedPaths, nameIsTaken, takeCreationLock, temporaryPath } from './creation-lock.js';
import { removeQuietly } from './remove-quietly.js';

/** The content of a new channel file. */
export interface NewChannelFile {
  /** Length of the whole file in bytes. */
  readonly length: number;
  /** Initial bytes by file offset. All other bytes are zero. */
  readonly contents: readonly (readonly [offset: number, bytes: Buffer])[];
  /** Byte range of the writer's lock. */
  readonly lock: LockRange;
  /** Permissions of the file. */
  readonly fileMode: number;
}

/**
 * Builds a channel under a temporary name and publishes it under its final name. Calls `prepare` just before
 * publication.
 * @returns the descriptor, which holds the writer's lock
 * @throws RingwireError `STORAGE_ALREADY_EXISTS`, `STORAGE_NOT_READY`, `NO_SPACE` or `COULD_NOT_ACCESS_STORAGE`
 */
export function createChannelFile(
  paths: ClaimedPaths,
  file: NewChannelFile,
  prepare: () => void = () => {},
): number {
  refuseExisting(paths);
  makeFolders(paths);
  const lock = paths.claim?.lock ?? takeCreationLock(paths);
  let fd: number | undefined;
  let isPublished = false;
  try {
    refuseExisting(paths);
    fd = build(paths, file);
    prepare();
    publish(temporaryPath(paths), paths);
    isPublished = true;
    removeQuietly(temporaryPath(paths));
    lock.release();
    return fd;
  } catch (error) {
    // A lock file that stays would block readers forever, so such a creation has also failed.
    removeQuietly(temporaryPath(paths));
    if (isPublished) removeCreated(paths);
    lock.abandon();
    if (fd !== undefined) fs.closeSync(fd);
    throw error;
  }
}

/** Removes a channel whose creation failed after its publication, its name first. Throws no error. */
export function removeCreated({ file, claim }: ClaimedPaths): void {
  removeQuietly(...(claim === undefined ? [] : [claim.nameFile]), file);
}

function build(paths: ChannelPaths, { length, contents, lock, fileMode }: NewChannelFile): number {
  const temporary = temporaryPath(paths);
  let fd: number | undefined;
  try {
    // A leftover can only belong to a dead process with this pid: every creator holds the creation lock.
    fs.rmSync(temporary, { force: true });
    // Other users must not open the file before it is locked: a read lock of theirs would exclude this lock.
    fd = fs.openSync(temporary, 'wx+', fileMode & 0o700);
    if (!tryLockNew(fd, temporary, lock)) throw new Error('another process has locked the new file');
    if ((fileMode & 0o077) !== 0) fs.fchmodSync(fd, fileMode & ~creationMask());
    reserve(fd, length, paths.file);
    for (const [offset, bytes] of contents) writeAt(fd, bytes, offset);
    fs.fsyncSync(fd);
    return fd;
  } catch (error) {
    if (fd !== undefined) fs.closeSync(fd);
    removeQuietly(temporary);
    if (error instanceof RingwireError) throw error;
    throw storageError(paths.file, systemCode(error) ?? '', length, error);
  }
}

/** Reads the file mode creation mask without changing it. `process.umask()` changes it for a moment. */
function creationMask(): number {
  const status = fs.readFileSync('/proc/self/status', 'latin1');
  return Number.parseInt(/^Umask:\s+([0-7]+)$/m.exec(status)?.[1] ?? '077', 8);
}

/** Links the file to its final name and fails if the name exists. Without support for links it uses a placeholder. */
function publish(temporary: string, paths: ChannelPaths): void {
  try {
    fs.linkSync(temporary, paths.file);
  } catch (error) {
    const code = systemCode(error);
    if (code === 'EEXIST') throw alreadyExists(paths);
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'ENOSYS')
      throw storageError(paths.file, code ?? '', 0, error);
    publishByRename(temporary, paths);
  }
  try {
    syncFolder(paths.folder);
  } catch (error) {
    removeQuietly(paths.file);
    throw storageError(paths.file, systemCode(error) ?? '', 0, error);
  }
}

/**
 * Publishes by renaming over a placeholder. Readers see a channel in creation, because the creation lock exists as
 * long as the placeholder.
 */
function publishByRename(temporary: string, paths: ChannelPaths): void {
  try {
    fs.closeSync(fs.openSync(paths.file, 'wx', 0o600));
  } catch (error) {
    const code = systemCode(error);
    throw code === 'EEXIST' ? alreadyExists(paths) : storageError(paths.file, code ?? '', 0, error);
  }
  try {
    fs.renameSync(temporary, paths.file);
  } catch (error) {
    removeQuietly(paths.file);
    throw storageError(paths.file, systemCode(error) ?? '', 0, error);
  }
}

function refuseExisting(paths: ChannelPaths): void {
  if (nameIsTaken(paths.file)) throw alreadyExists(paths);
}

/** The error for a channel that exists. */
export function alreadyExists(paths: ChannelPaths): RingwireError {
  return new RingwireError(
    'STORAGE_ALREADY_EXISTS',
    `${paths.file} exists: use another channel id, remove the file, or resume it`,
    { path: paths.file },
  );
}

function writeAt(fd: number, bytes: Buffer, offset: number): void {
  if (fs.writeSync(fd, bytes, 0, bytes.length, offset) !== bytes.length) throw new Error('short write');
}
