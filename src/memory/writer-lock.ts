/**
 * The lock of the one writer: an open-file-description lock on the channel file itself. The kernel holds it as long
 * as the writer's descriptor is open and frees it at once when the process ends, however it ends.
 *
 * A probe (`F_OFD_GETLK`) takes nothing, works on a read-only descriptor, and so can never make a writer fail.
 * Source of the layout: `struct flock` of Linux on 64-bit machines, fcntl(2).
 */
import { errnoName, F_OFD_GETLK, F_OFD_SETLK, libc } from './libc.js';
import { RingwireError } from './ringwire-error.js';

const FLOCK_SIZE = 32;
const L_TYPE = 0;
const F_WRLCK = 1;
const F_UNLCK = 2;

function wholeFileWriteLock(): Buffer {
  const flock = Buffer.alloc(FLOCK_SIZE);
  flock.writeInt16LE(F_WRLCK, L_TYPE);
  return flock;
}

/**
 * Takes the lock without waiting. It lasts until `fd` is closed.
 * @returns false when another open file holds it
 * @throws RingwireError `COULD_NOT_ACCESS_STORAGE` when the file system knows no locks
 */
export function tryLock(fd: number, path: string): boolean {
  if (libc().fcntl(fd, F_OFD_SETLK, wholeFileWriteLock()) === 0) return true;
  const reason = errnoName(libc().errno());
  if (reason === 'EAGAIN' || reason === 'EACCES') return false;
  throw new RingwireError('COULD_NOT_ACCESS_STORAGE', `cannot lock ${path}: ${reason}`, { path, reason });
}

/** Whether some other open file holds the lock: true, false, or null where it cannot be tested. */
export function isLocked(fd: number): boolean | null {
  const flock = wholeFileWriteLock();
  if (libc().fcntl(fd, F_OFD_GETLK, flock) !== 0) return null;
  return flock.readInt16LE(L_TYPE) !== F_UNLCK;
}
