/**
 * The lock of the names below a root: a write lock on `<root>/names.lock`. The kernel releases it when the process ends.
 * The file stays: only the lock on it counts. Only its owner may open it, so that no user who may merely read the folder
 * can take the lock.
 */
import fs from 'node:fs';
import path from 'node:path';
import {
  couldNotAccess,
  RingwireError,
  SleepIdle,
  storageError,
  systemCode,
  tryLockNew,
  unlock,
} from '../../platform/index.js';

const { O_CREAT, O_NOFOLLOW, O_NONBLOCK, O_RDWR } = fs.constants;
/** Name of the lock file in a root. */
const NAMES_LOCK = 'names.lock';
/** A holder needs the lock for a few file operations. */
const LONGEST_WAIT_MILLIS = 10_000;

/**
 * Calls `change` with the lock of the names below a root, and blocks the thread until the lock is free.
 * @throws RingwireError `STORAGE_NOT_READY` if another process holds the lock for 10 seconds; `NO_SPACE`,
 * `COULD_NOT_ACCESS_STORAGE`; the errors of `change`
 */
export function withNamesLocked<T>(root: string, change: () => T): T {
  const fd = takeLock(path.join(root, NAMES_LOCK));
  try {
    return change();
  } finally {
    // A child process that is starting has a copy of the descriptor for a moment, which would keep the lock.
    unlock(fd);
    fs.closeSync(fd);
  }
}

function takeLock(file: string): number {
  const deadline = performance.now() + LONGEST_WAIT_MILLIS;
  const pause = new SleepIdle(1);
  for (;;) {
    const fd = open(file);
    try {
      if (!fs.fstatSync(fd).isFile()) throw new Error('it is not a regular file: remove it');
      while (!tryLockNew(fd, file)) {
        if (performance.now() > deadline) throw busy(file);
        pause.idle(0);
      }
      // A user may have removed the file, and another process may have made a new one.
      if (fs.lstatSync(file, { throwIfNoEntry: false })?.ino === fs.fstatSync(fd).ino) return fd;
    } catch (error) {
      fs.closeSync(fd);
      throw error instanceof RingwireError ? error : couldNotAccess(file, error);
    }
    fs.closeSync(fd);
  }
}

function open(file: string): number {
  try {
    return fs.openSync(file, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o600);
  } catch (error) {
    throw storageError(file, systemCode(error) ?? '', 0, error);
  }
}

function busy(file: string): RingwireError {
  const message = `another process has held ${file} for ${LONGEST_WAIT_MILLIS / 1000} s: it is creating, renaming or removing a channel; try again, or end it`;
  return new RingwireError('STORAGE_NOT_READY', message, { path: file });
}
