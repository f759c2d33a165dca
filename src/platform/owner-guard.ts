/**
 * The guard file beside a locked file. An owner locks it when read locks exclude its lock on the file itself.
 *
 * A process with permission to read a file may take a read lock on any range of it. A read lock excludes the write lock
 * of an owner. The new owner then locks the same range of `<file>.guard`, which only processes with permission to write
 * the file may open. The guard file exists only while an owner needs it.
 *
 * INV-LOCK-02: an owner holds the write lock of its range on the file or on its guard. Each owner takes one and then
 * checks the other, so two owners of a range always detect each other.
 */
import fs from 'node:fs';
import { systemCode } from './ringwire-error.js';

const { O_CREAT, O_NOFOLLOW, O_RDONLY, O_RDWR } = fs.constants;
const SUFFIX = '.guard';
const MOST_ATTEMPTS = 16;

/** Takes, or tests, the write lock of a range; supplied by file-lock.ts. */
export interface GuardLocks {
  /** Takes the write lock of the range the caller wants. @returns whether it was taken */
  take(fd: number): boolean;
  /** Takes the write lock of the whole guard. @returns whether it was taken */
  takeAll(fd: number): boolean;
}

/** An open guard; its descriptor holds the lock. */
export interface OwnerGuard {
  readonly fd: number;
  readonly path: string;
}

/** The path of the guard of an open file, or null when the system does not report the path of a descriptor. */
export function guardPathOf(fd: number): string | null {
  try {
    return fs.readlinkSync(`/proc/self/fd/${fd}`) + SUFFIX;
  } catch {
    return null;
  }
}

/**
 * Takes the lock of a range in the guard of the file `fd`.
 * @param create whether to create a missing guard
 * @returns the guard, `'held'` when another process holds it, or null when no guard exists and none was created
 * @throws the error of the operating system when the guard cannot be opened
 */
export function takeGuard(fd: number, create: boolean, locks: GuardLocks): OwnerGuard | 'held' | null {
  const path = guardPathOf(fd);
  if (path === null) return create ? 'held' : null;
  for (let i = 0; i < MOST_ATTEMPTS; i++) {
    const guard = open(path, create ? modeOf(fd) : null);
    if (guard === null) return null;
    if (!locks.take(guard)) {
      fs.closeSync(guard);
      return 'held';
    }
    // The last owner may remove the guard between the open and the lock.
    if (namesFile(path, guard)) return { fd: guard, path };
    fs.closeSync(guard);
  }
  return 'held';
}

/** Releases the guard. Removes it when no other owner uses it. */
export function releaseGuard({ fd, path }: OwnerGuard, locks: Pick<GuardLocks, 'takeAll'>): void {
  if (locks.takeAll(fd) && namesFile(path, fd)) fs.rmSync(path, { force: true });
  fs.closeSync(fd);
}

/** Opens the guard of a file to test its locks; null when it does not exist. @throws when it is not readable */
export function openGuard(fd: number): number | null {
  const path = guardPathOf(fd);
  if (path === null) return null;
  try {
    return fs.openSync(path, O_RDONLY | O_NOFOLLOW);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null;
    throw error;
  }
}

function open(path: string, createMode: number | null): number | null {
  try {
    return fs.openSync(path, O_RDWR | O_NOFOLLOW | (createMode === null ? 0 : O_CREAT), createMode ?? 0);
  } catch (error) {
    if (createMode === null && systemCode(error) === 'ENOENT') return null;
    throw error;
  }
}

/** The mode of the guard: read and write permission for all users that may write the file. */
function modeOf(fd: number): number {
  const writers = fs.fstatSync(fd).mode & 0o222;
  return writers | (writers << 1);
}

/** Whether the path still refers to the open file. */
function namesFile(path: string, fd: number): boolean {
  const named = fs.lstatSync(path, { bigint: true, throwIfNoEntry: false });
  const opened = fs.fstatSync(fd, { bigint: true });
  return named !== undefined && named.ino === opened.ino && named.dev === opened.dev;
}
