/**
 * Locks of one open file: open-file-description locks on the channel file itself. The kernel holds them as long as
 * the descriptor is open and frees them at once when the process ends, however it ends. A log has one, on the whole
 * file, for its writer; a ring has one for its writer and one for each registered reader, on ranges of their own.
 *
 * A probe (`F_OFD_GETLK`) takes nothing, works on a read-only descriptor, and so can never make a writer fail.
 * Source of the layout: `struct flock` of Linux on 64-bit machines, fcntl(2).
 */
import { errnoName, F_OFD_GETLK, F_OFD_SETLK, libc } from './libc.js';
import { RingwireError } from './ringwire-error.js';

const FLOCK_SIZE = 32;
const L_TYPE = 0;
const L_START = 8;
const L_LEN = 16;
const F_WRLCK = 1;
const F_UNLCK = 2;

/** A range of a file in bytes; a length of 0 reaches to the end of the file, however far it grows. */
export interface LockRange {
  readonly start: number;
  readonly length: number;
}

export const WHOLE_FILE: LockRange = { start: 0, length: 0 };

function flockOf(type: number, { start, length }: LockRange): Buffer {
  const flock = Buffer.alloc(FLOCK_SIZE);
  flock.writeInt16LE(type, L_TYPE);
  flock.writeBigInt64LE(BigInt(start), L_START);
  flock.writeBigInt64LE(BigInt(length), L_LEN);
  return flock;
}

/**
 * Takes a lock without waiting. It lasts until {@link unlock}, or until `fd` is closed and every mapping made with it is
 * gone: a mapping keeps the open file, and with it the lock.
 * @returns false when another open file holds it
 * @throws RingwireError `COULD_NOT_ACCESS_STORAGE` when the file system knows no locks
 */
export function tryLock(fd: number, path: string, range: LockRange = WHOLE_FILE): boolean {
  if (libc().fcntl(fd, F_OFD_SETLK, flockOf(F_WRLCK, range)) === 0) return true;
  const reason = errnoName(libc().errno());
  if (reason === 'EAGAIN' || reason === 'EACCES') return false;
  throw new RingwireError('COULD_NOT_ACCESS_STORAGE', `cannot lock ${path}: ${reason}`, { path, reason });
}

/** Gives a lock back before the descriptor is closed; does nothing where `fd` does not hold it. */
export function unlock(fd: number, range: LockRange = WHOLE_FILE): void {
  libc().fcntl(fd, F_OFD_SETLK, flockOf(F_UNLCK, range));
}

/** Whether some other open file holds the lock: true, false, or null where it cannot be tested. */
export function isLocked(fd: number, range: LockRange = WHOLE_FILE): boolean | null {
  const flock = flockOf(F_WRLCK, range);
  if (libc().fcntl(fd, F_OFD_GETLK, flock) !== 0) return null;
  return flock.readInt16LE(L_TYPE) !== F_UNLCK;
}
