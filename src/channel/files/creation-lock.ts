/**
 * The lock file of a channel in creation. Readers of every version report "not ready" while it exists. The creator
 * also holds a kernel lock on it, which distinguishes the leftover of a dead creator from the lock of a live one. Its
 * text names the creator for people. kekbit writes the file empty and unlocked.
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
import { removeQuietly } from './remove-quietly.js';

/** Upper bound in bytes for the text of an owner. */
const LONGEST_IDENTITY = 512;

/** The held lock of a channel in creation. */
export interface CreationLock {
  /**
   * Removes the lock.
   * @throws RingwireError `COULD_NOT_ACCESS_STORAGE`; the lock is then still held
   */
  release(): void;
  /**
   * Removes the lock after an error and throws no error of its own. A lock file that stays is unlocked. Does nothing
   * after a release.
   */
  abandon(): void;
  /** Makes {@link abandon} remove this file also, before the lock. */
  removesWith(file: string): void;
}

/** The paths of a new channel; `claim`: of a creation that holds the lock already, and has given the channel a name. */
export interface ClaimedPaths extends ChannelPaths {
  readonly claim?: { readonly lock: CreationLock; readonly nameFile: string };
}

/**
 * Creates and locks the lock file of a channel.
 * @throws RingwireError `STORAGE_NOT_READY` if the lock file exists, also one of a dead creator
 */
export function takeCreationLock(paths: ChannelPaths): CreationLock {
  let fd: number;
  try {
    fd = fs.openSync(paths.lock, 'wx', 0o600);
  } catch (error) {
    if (systemCode(error) === 'EEXIST') throw storageNotReady(paths);
    throw storageError(paths.lock, systemCode(error) ?? '', 0, error);
  }
  let isHeld = true;
  const close = () => {
    isHeld = false;
    fs.closeSync(fd);
  };
  const release = () => {
    if (!isHeld) return;
    try {
      // A forced removal may have deleted the lock, and another creator may have made a new one.
      if (namesFile(paths.lock, fd)) fs.rmSync(paths.lock, { force: true });
    } catch (error) {
      throw couldNotAccess(paths.lock, error);
    }
    close();
  };
  const files: string[] = [];
  const abandon = () => {
    if (isHeld) removeQuietly(...files);
    try {
      release();
    } catch {
      close();
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
  return { release, abandon, removesWith: (file) => files.push(file) };
}

/**
 * Refuses a file that was removed between its opening and its locking.
 * @throws RingwireError `STORAGE_NOT_FOUND`
 */
export function requireNamed(path: string, fd: number): void {
  if (!namesFile(path, fd)) throw storageNotFound(path);
}

/** Whether the name still refers to the open file. */
function namesFile(path: string, fd: number): boolean {
  return fs.statSync(path, { throwIfNoEntry: false })?.ino === fs.fstatSync(fd).ino;
}

/** Error for a channel whose lock file exists. It names the owner that the lock names. */
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
 * Whether a live process creates the channel. A lock that cannot be tested counts as held; the lock of kekbit, which no
 * process holds, does not.
 */
export function isBeingCreated(paths: ChannelPaths): boolean {
  return isHeld(paths.lock);
}

/** Whether a process holds the lock of a file. A lock that cannot be tested counts as held; a missing file has none. */
export function isHeld(file: string): boolean {
  let fd: number | undefined;
  try {
    fd = openRegularFile(file, false).fd;
    return isLocked(fd) !== false;
  } catch (error) {
    return !(error instanceof RingwireError && error.code === 'STORAGE_NOT_FOUND');
  } finally {
    if (fd !== undefined) fs.closeSync(fd);
  }
}

/**
 * Refuses a channel that is missing or may be incomplete. A creator, also kekbit, makes the lock before the channel
 * file and removes it last. Therefore a file that exists at the first check and has no lock at the second is
 * complete. A file that is missing at the first check counts as missing, even if it appears before the open.
 * @throws RingwireError `STORAGE_NOT_FOUND`, `STORAGE_NOT_READY`; `COULD_NOT_ACCESS_STORAGE` for a folder that is a
 * link
 */
export function requireComplete(paths: ChannelPaths): void {
  requireRealFolders(paths);
  if (!nameIsTaken(paths.file)) throw storageNotFound(paths.file);
  if (fs.existsSync(paths.lock)) throw storageNotReady(paths);
}

/**
 * Whether a file with this name exists.
 * @throws RingwireError `COULD_NOT_ACCESS_STORAGE` if the check fails
 */
export function nameIsTaken(path: string): boolean {
  try {
    return fs.lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    throw couldNotAccess(path, error);
  }
}

/**
 * Returns the owner that a lock names, or null. Does not block on special files and reads a bounded number of bytes.
 */
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

/** Removes the stale lock of the channel with these paths; see `removeStaleLock`. */
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
    // Holding the lock excludes other removers, so the name below still refers to the examined file.
    if (!tryLock(fd, paths.lock)) throw storageNotReady(paths);
    if (!namesFile(paths.lock, fd)) return false;
    for (const leftover of temporaryFiles(paths)) fs.rmSync(leftover, { force: true });
    // Without support for links an empty file reserved the name of the channel.
    const placeholder = fs.lstatSync(paths.file, { throwIfNoEntry: false });
    if (placeholder?.isFile() && placeholder.size === 0) fs.rmSync(paths.file);
    fs.unlinkSync(paths.lock);
    return true;
  } finally {
    fs.closeSync(fd);
  }
}

/** Temporary name of a channel in creation. A creator uses at most one and holds the creation lock. */
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
