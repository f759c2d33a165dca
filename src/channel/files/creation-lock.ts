/**
 * The lock file of a channel that is being created: readers of every generation that see it answer "not ready".
 * The creator also holds a kernel lock on it, so a leftover of a dead creator can be told from a live one; the text
 * in it names the creator, for people. The original writes it empty and unlocked.
 */
import fs from 'node:fs';
import path from 'node:path';
import {
  couldNotAccess,
  isLocked,
  openRegularFile,
  ownIdentity,
  type ProcessIdentity,
  parseIdentity,
  RingwireError,
  storageError,
  storageNotFound,
  systemCode,
  tryLock,
} from '../../platform/index.js';
import { requireRealFolders } from './channel-folders.js';
import type { ChannelPaths } from './channel-path.js';

/** Bytes that any owner's text fits in. */
const LONGEST_IDENTITY = 512;

/** The held lock of a channel that is being created. */
export interface CreationLock {
  /** Removes the lock. @throws RingwireError `COULD_NOT_ACCESS_STORAGE`; the lock is still held then */
  release(): void;
  /** The same after an error, without one of its own: a lock file that stays is not locked any more. */
  abandon(): void;
}

/** @throws RingwireError `STORAGE_NOT_READY` when the lock exists, also one that was left behind */
export function takeCreationLock(paths: ChannelPaths): CreationLock {
  let fd: number;
  try {
    fd = fs.openSync(paths.lock, 'wx', 0o600);
  } catch (error) {
    if (systemCode(error) === 'EEXIST') throw storageNotReady(paths);
    throw storageError(paths.lock, systemCode(error) ?? '', 0, error);
  }
  const release = () => {
    try {
      // The lock may have been removed by force, and another creator may have made a new one.
      if (namesFile(paths.lock, fd)) fs.rmSync(paths.lock, { force: true });
    } catch (error) {
      throw couldNotAccess(paths.lock, error);
    }
    fs.closeSync(fd);
  };
  const abandon = () => {
    try {
      release();
    } catch {
      fs.closeSync(fd);
    }
  };
  try {
    tryLock(fd, paths.lock);
    fs.writeSync(fd, JSON.stringify(ownIdentity()));
  } catch (error) {
    abandon();
    if (error instanceof RingwireError) throw error;
    throw storageError(paths.lock, systemCode(error) ?? '', 0, error);
  }
  return { release, abandon };
}

/** Whether the name still means the open file. */
function namesFile(path: string, fd: number): boolean {
  return fs.statSync(path, { throwIfNoEntry: false })?.ino === fs.fstatSync(fd).ino;
}

/** The error for a channel whose lock file exists; it names the owner where the lock does. */
export function storageNotReady(paths: ChannelPaths): RingwireError {
  const owner = lockOwner(paths.lock);
  const who = owner === null ? 'an unnamed process' : `process ${owner.pid}`;
  return new RingwireError(
    'STORAGE_NOT_READY',
    `${paths.file} is being created by ${who}: try again, or remove ${paths.lock} with removeStaleLock() if that process died`,
    { path: paths.lock },
  );
}

/**
 * Refuses a channel that is missing or may not be complete yet. A creator, the original too, makes the lock before the file
 * and removes it last: a file that exists at the first look, and whose lock is missing at the second, is complete. A file
 * that is missing at the first look counts as missing, even if it appears before it could be opened.
 * @throws RingwireError `STORAGE_NOT_FOUND`, `STORAGE_NOT_READY`; `COULD_NOT_ACCESS_STORAGE` for a folder that is a link
 */
export function requireComplete(paths: ChannelPaths): void {
  requireRealFolders(paths);
  if (!nameIsTaken(paths.file)) throw storageNotFound(paths.file);
  if (fs.existsSync(paths.lock)) throw storageNotReady(paths);
}

/** Whether something has this name. @throws RingwireError `COULD_NOT_ACCESS_STORAGE` when that cannot be found out */
export function nameIsTaken(path: string): boolean {
  try {
    return fs.lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    throw couldNotAccess(path, error);
  }
}

/** Whom a lock names, or null; whatever stands in its place is neither waited for nor read at length. */
function lockOwner(path: string): ProcessIdentity | null {
  let fd: number | undefined;
  try {
    fd = openRegularFile(path, false).fd;
    return readOwner(fd);
  } catch {
    return null;
  } finally {
    if (fd !== undefined) fs.closeSync(fd);
  }
}

function readOwner(fd: number): ProcessIdentity | null {
  const text = Buffer.alloc(LONGEST_IDENTITY);
  return parseIdentity(text.toString('utf8', 0, fs.readSync(fd, text, 0, LONGEST_IDENTITY, 0)));
}

/** The same for the channel with these paths. */
export function removeStaleLockOf(paths: ChannelPaths, options: { readonly force?: boolean } = {}): boolean {
  requireRealFolders(paths);
  let fd: number;
  try {
    fd = openRegularFile(paths.lock, true).fd;
  } catch (error) {
    if (error instanceof RingwireError && error.code === 'STORAGE_NOT_FOUND') return false;
    throw error;
  }
  try {
    const ours = readOwner(fd) !== null;
    if (isLocked(fd) !== false || !(ours || options.force)) throw storageNotReady(paths);
    // Taking the lock keeps other removers out, so the name below still means the file that was examined.
    if (!tryLock(fd, paths.lock)) throw storageNotReady(paths);
    if (!namesFile(paths.lock, fd)) return false;
    for (const leftover of temporaryFiles(paths)) fs.rmSync(leftover, { force: true });
    // Where links are not possible the name of the channel was kept with an empty file.
    const placeholder = fs.lstatSync(paths.file, { throwIfNoEntry: false });
    if (placeholder?.isFile() && placeholder.size === 0) fs.rmSync(paths.file);
    fs.unlinkSync(paths.lock);
    return true;
  } finally {
    fs.closeSync(fd);
  }
}

/** The name a channel is built under; a creator makes at most one, and it holds the creation lock. */
export function temporaryPath(paths: ChannelPaths): string {
  return `${paths.file}.${process.pid}.tmp`;
}

function temporaryFiles(paths: ChannelPaths): string[] {
  const prefix = `${path.basename(paths.file)}.`;
  return fs
    .readdirSync(paths.folder)
    .filter((name) => name.startsWith(prefix) && name.endsWith('.tmp'))
    .map((name) => path.join(paths.folder, name));
}
