/**
 * Locks of a folder: a write lock on the file `.lock` in it. Only its owner may open that file, so that no user who may
 * merely read the folder can take the lock or prevent it. The kernel releases the lock when the process ends.
 *
 * INV-LOCK-03: the holder of a folder has the write lock of the file that `.lock` names at that moment.
 */
import fs from 'node:fs';
import path from 'node:path';
import { tryLockNew } from './file-lock.js';
import { makeOwnFolder, requireOwnFolder } from './own-folder.js';
import { couldNotAccess, systemCode } from './ringwire-error.js';

const { O_CREAT, O_NOFOLLOW, O_NONBLOCK, O_RDWR } = fs.constants;
/** Name of the lock file in a locked folder. */
export const FOLDER_LOCK = '.lock';

/** The lock of a folder. */
export class FolderLock {
  readonly #folder: string;
  readonly #fd: number;
  #held = true;

  /**
   * Takes the lock without waiting. Creates a missing folder (0700), its parents included.
   * @returns null when another process, or another lock of this process, holds it
   * @throws RingwireError `COULD_NOT_ACCESS_STORAGE` for a folder of another user or one that others may write to, and
   * where the file system has no such locks
   */
  static tryTake(folder: string): FolderLock | null {
    const file = path.join(folder, FOLDER_LOCK);
    for (;;) {
      makeOwnFolder(folder);
      const fd = open(file);
      // Its last holder removed the folder after it was created.
      if (fd === null) continue;
      try {
        if (!tryLockNew(fd, file)) {
          fs.closeSync(fd);
          return null;
        }
        if (names(file, fd)) {
          requireOwnFolder(folder);
          return new FolderLock(folder, fd);
        }
      } catch (error) {
        fs.closeSync(fd);
        throw error;
      }
      fs.closeSync(fd);
    }
  }

  private constructor(folder: string, fd: number) {
    this.#folder = folder;
    this.#fd = fd;
  }

  /**
   * Removes the lock file and releases the lock. A second call does nothing.
   * @param removeFolder also removes the folder, if it is empty then
   */
  release(removeFolder = false): void {
    if (!this.#held) return;
    this.#held = false;
    try {
      fs.rmSync(path.join(this.#folder, FOLDER_LOCK), { force: true });
      if (removeFolder) removeIfEmpty(this.#folder);
    } finally {
      fs.closeSync(this.#fd);
    }
  }
}

/** @returns null when the folder is missing */
function open(file: string): number | null {
  try {
    return fs.openSync(file, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o600);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null;
    throw couldNotAccess(file, error);
  }
}

/** Whether the path still refers to the open file. */
function names(file: string, fd: number): boolean {
  const opened = fs.fstatSync(fd);
  const named = fs.lstatSync(file, { throwIfNoEntry: false });
  return named !== undefined && named.ino === opened.ino && named.dev === opened.dev;
}

/** The next holder may have created its lock file already. */
function removeIfEmpty(folder: string): void {
  try {
    fs.rmdirSync(folder);
  } catch (error) {
    if (systemCode(error) !== 'ENOTEMPTY' && systemCode(error) !== 'ENOENT') throw error;
  }
}
