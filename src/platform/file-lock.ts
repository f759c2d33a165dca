/**
 * Locks of one open file: open-file-description locks on the channel file. The kernel releases a lock when the descriptor
 * is closed or the process ends for any reason. A log has one lock on the whole file, for its writer. A ring has one lock
 * for its writer and one for each registered reader, on separate ranges.
 *
 * A probe (`F_OFD_GETLK`) takes no lock and works on a read-only descriptor, so it never makes a writer fail.
 * Source of the layout: `struct flock` of Linux on 64-bit machines, fcntl(2).
 *
 * INV-LOCK-01: only a write lock makes an owner. A read lock, which requires only read permission, is never an owner and
 * never prevents ownership (owner-guard.ts).
 */
import fs from 'node:fs';
import { errnoName, F_OFD_GETLK, F_OFD_SETLK, libc } from './libc.js';
import { guardPathOf, type OwnerGuard, openGuard, releaseGuard, takeGuard } from './owner-guard.js';
import { couldNotAccess, RingwireError } from './ringwire-error.js';

const FLOCK_SIZE = 32;
const WORD_RANGE = 2 ** 32;
const L_TYPE = 0;
const L_START = 8;
const L_LEN = 16;
const F_RDLCK = 0;
const F_WRLCK = 1;
const F_UNLCK = 2;

/** A range of a file in bytes; a length of 0 extends to the end of the file, also when the file grows. */
export interface LockRange {
  readonly start: number;
  readonly length: number;
}

/** The range of every byte of a file. */
export const WHOLE_FILE: LockRange = { start: 0, length: 0 };

/** The guards that descriptors of this thread hold, with the inode of the guarded file. */
const guards = new Map<number, { readonly guard: OwnerGuard; readonly inode: bigint }>();

/** The structure of each call: the calls are synchronous. */
const flock = Buffer.alloc(FLOCK_SIZE);

function flockOf(type: number, { start, length }: LockRange): Buffer {
  flock.fill(0);
  flock.writeInt16LE(type, L_TYPE);
  writeSafeInteger(start, L_START);
  writeSafeInteger(length, L_LEN);
  return flock;
}

function writeSafeInteger(value: number, at: number): void {
  flock.writeUInt32LE(value % WORD_RANGE, at);
  flock.writeUInt32LE(Math.floor(value / WORD_RANGE), at + 4);
}

/**
 * Makes `fd` the owner of a range, without waiting. The ownership lasts until {@link unlock}, or until `fd` is closed
 * and every mapping made with it is gone: a mapping keeps the open file, and with it the lock. A descriptor owns one
 * range at a time.
 * @returns false when another open file owns the range
 * @throws RingwireError `COULD_NOT_ACCESS_STORAGE` when the file system has no locks, or the guard file cannot be opened
 */
export function tryLock(fd: number, path: string, range: LockRange = WHOLE_FILE): boolean {
  const known = guardOf(fd);
  const locked = lockRange(fd, path, range);
  if (known !== null) return true;
  if (!locked && isWriteLocked(fd, range) !== false) return false;
  const guard = lockGuard(fd, path, range, !locked);
  if (guard === null && locked) return true;
  if (guard === null || guard === 'held') {
    if (locked) unlockRange(fd, range);
    return false;
  }
  if (locked) {
    // The file itself is locked: the guard is no longer needed.
    giveBack(guard);
    return true;
  }
  if (isWriteLocked(fd, range) !== false) {
    giveBack(guard);
    return false;
  }
  guards.set(fd, { guard, inode: inodeOf(fd) });
  return true;
}

/**
 * Makes `fd` the owner of a range of a file that no other user can open yet, or ever. No guard is used: a guard of a new
 * file would have its temporary name.
 * @returns false when another open file has any lock on the range
 * @throws RingwireError `COULD_NOT_ACCESS_STORAGE` when the file system has no locks
 */
export function tryLockNew(fd: number, path: string, range: LockRange = WHOLE_FILE): boolean {
  return lockRange(fd, path, range);
}

/** Releases a lock before the descriptor is closed. Does nothing if `fd` does not hold it. */
export function unlock(fd: number, range: LockRange = WHOLE_FILE): void {
  const guard = guardOf(fd);
  guards.delete(fd);
  unlockRange(fd, range);
  if (guard !== null) giveBack(guard);
}

/**
 * Whether another open file owns the range; null when the test is not possible. Read locks do not count.
 */
export function isLocked(fd: number, range: LockRange = WHOLE_FILE): boolean | null {
  const locked = isWriteLocked(fd, range);
  if (locked !== false) return locked;
  const own = guardOf(fd);
  if (own !== null) return isWriteLocked(own.fd, range);
  let guard: number | null;
  try {
    guard = openGuard(fd);
  } catch {
    return null;
  }
  if (guard === null) return false;
  try {
    return isWriteLocked(guard, range);
  } finally {
    fs.closeSync(guard);
  }
}

/** Takes a write lock without waiting. @returns false when another open file has any lock on the range */
function lockRange(fd: number, path: string, range: LockRange): boolean {
  if (libc().fcntl(fd, F_OFD_SETLK, flockOf(F_WRLCK, range)) === 0) return true;
  const reason = errnoName(libc().errno());
  if (reason === 'EAGAIN' || reason === 'EACCES') return false;
  throw new RingwireError('COULD_NOT_ACCESS_STORAGE', `cannot lock ${path}: ${reason}`, { path, reason });
}

function unlockRange(fd: number, range: LockRange): void {
  libc().fcntl(fd, F_OFD_SETLK, flockOf(F_UNLCK, range));
}

/** Probes with a read lock, which only a write lock of another open file excludes. */
function isWriteLocked(fd: number, range: LockRange): boolean | null {
  const flock = flockOf(F_RDLCK, range);
  if (libc().fcntl(fd, F_OFD_GETLK, flock) !== 0) return null;
  return flock.readInt16LE(L_TYPE) !== F_UNLCK;
}

function lockGuard(fd: number, path: string, range: LockRange, create: boolean): OwnerGuard | 'held' | null {
  try {
    return takeGuard(fd, create, {
      take: (guard) => lockRange(guard, path, range),
      takeAll: (guard) => lockRange(guard, path, WHOLE_FILE),
    });
  } catch (error) {
    if (error instanceof RingwireError) throw error;
    throw couldNotAccess(`${path}.guard`, error);
  }
}

function giveBack(guard: OwnerGuard): void {
  releaseGuard(guard, { takeAll: (fd) => lockRange(fd, guard.path, WHOLE_FILE) });
}

/**
 * The guard that this descriptor holds. A descriptor closed without {@link unlock} may have been reused since, and the
 * inode of a removed file also.
 */
function guardOf(fd: number): OwnerGuard | null {
  const held = guards.get(fd);
  if (held === undefined) return null;
  const path = guardPathOf(fd);
  if (held.inode === inodeOf(fd) && (path === null || path === held.guard.path)) return held.guard;
  guards.delete(fd);
  giveBack(held.guard);
  return null;
}

function inodeOf(fd: number): bigint {
  return fs.fstatSync(fd, { bigint: true }).ino;
}
