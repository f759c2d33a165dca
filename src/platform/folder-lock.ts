/**
 * Locks of a folder. The lock is on the folder itself, so it is independent of the files in it. The kernel releases it
 * when the descriptor is closed or the process ends. Source: flock(2).
 */
import fs from 'node:fs';
import { errnoName, LOCK_EX, LOCK_NB, libc } from './libc.js';
import { makeOwnFolder, requireOwnFolder } from './own-folder.js';
import { couldNotAccess, systemCode } from './ringwire-error.js';

const { O_DIRECTORY, O_NOFOLLOW, O_RDONLY } = fs.constants;

/**
 * Takes the lock of a folder without waiting. Creates a missing folder (0700), its parents included.
 * @returns the descriptor that holds the lock until it is closed, or null when another open file holds it
 * @throws RingwireError `COULD_NOT_ACCESS_STORAGE` for a folder of another user or one that others may write to, and
 * where the file system has no such locks
 */
export function lockFolder(path: string): number | null {
  for (;;) {
    makeOwnFolder(path);
    let fd: number;
    try {
      fd = fs.openSync(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    } catch (error) {
      // Its last user removed it after it was created.
      if (systemCode(error) === 'ENOENT') continue;
      throw couldNotAccess(path, error);
    }
    const locked = tryFlock(fd, path);
    if (locked && isSame(fd, path)) {
      requireOwnFolder(path);
      return fd;
    }
    fs.closeSync(fd);
    if (!locked) return null;
  }
}

function tryFlock(fd: number, path: string): boolean {
  if (libc().flock(fd, LOCK_EX | LOCK_NB) === 0) return true;
  const reason = errnoName(libc().errno());
  if (reason === 'EWOULDBLOCK' || reason === 'EAGAIN') return false;
  fs.closeSync(fd);
  throw couldNotAccess(path, new Error(`cannot lock it: ${reason}`));
}

/** Whether the path still refers to the locked folder. */
function isSame(fd: number, path: string): boolean {
  const held = fs.fstatSync(fd);
  const named = fs.lstatSync(path, { throwIfNoEntry: false });
  return named !== undefined && named.ino === held.ino && named.dev === held.dev;
}
