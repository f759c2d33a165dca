/**
 * The guard file beside a locked file: the lock of an owner that read locks keep from the file itself.
 *
 * A process that may only read a file may still take a read lock on any range of it, and a read lock excludes the write
 * lock that makes an owner. The new owner then locks the same range of `<file>.guard`, which only processes with
 * permission to write the file may open. The guard file exists only while an owner needs it.
 *
 * INV-LOCK-02: an owner holds the write lock of its range on the file or on its guard. Each owner takes one and then
 * looks at the other, so two owners of a range cannot miss each other.
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

/** The path of the guard of an open file, or null where the system does not say which file a descriptor has. */
export function guardPathOf(fd: number): string | null {
  try {
    return fs.readlinkSync(`/proc/self/fd/${fd}`) + SUFFIX;
  } catch {
    return null;
  }
}

/**
 * Takes the lock of a range in the guard of the file `fd`, which it creates first if `create`.
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
    // The last owner may have removed the file between the open and the lock.
    if (namesFile(path, guard)) return { fd: guard, path };
    fs.closeSync(guard);
  }
  return 'held';
}

/** Gives the guard back, and removes it when no other owner uses it. */
export function releaseGuard({ fd, path }: OwnerGuard, locks: Pick<GuardLocks, 'takeAll'>): void {
  if (locks.takeAll(fd) && namesFile(path, fd)) fs.rmSync(path, { force: true });
  fs.closeSync(fd);
}

/** Opens the guard of a file for a test of its locks; null where none exists. @throws when it may not be read */
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

/** Read and write permission for exactly those that may write the file. */
function modeOf(fd: number): number {
  const writers = fs.fstatSync(fd).mode & 0o222;
  return writers | (writers << 1);
}

/** Whether the path still names the open file. */
function namesFile(path: string, fd: number): boolean {
  const named = fs.lstatSync(path, { bigint: true, throwIfNoEntry: false });
  const opened = fs.fstatSync(fd, { bigint: true });
  return named !== undefined && named.ino === opened.ino && named.dev === opened.dev;
}
