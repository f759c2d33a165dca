/**
 * Reservation: every block of a file is allocated before the file is mapped. A full disk is then an error here, not a
 * SIGBUS at a later store.
 */
import fs from 'node:fs';
import os from 'node:os';
import { errnoName, libc } from '../libc.js';
import { couldNotAccess, RingwireError, systemCode } from '../ringwire-error.js';

const { EINVAL, EOPNOTSUPP } = os.constants.errno;
const CHUNK = 1 << 20;
const NO_SPACE_CODES = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/**
 * Extends an empty file to `length` bytes, all allocated and zero.
 * @throws RingwireError `NO_SPACE` when the disk, the quota or the file size limit does not allow it
 */
export function reserve(fd: number, length: number, path: string): void {
  let errno = libc().posixFallocate(fd, 0, length);
  while (errnoName(errno) === 'EINTR') errno = libc().posixFallocate(fd, 0, length);
  if (errno === 0) return;
  if (errno === EOPNOTSUPP || errno === EINVAL) writeZeros(fd, length, path);
  else throw storageError(path, errnoName(errno), length);
}

/** Reservation for file systems without fallocate. */
export function writeZeros(fd: number, length: number, path: string): void {
  const zeros = Buffer.alloc(Math.min(CHUNK, length));
  let written = 0;
  try {
    while (written < length) {
      written += fs.writeSync(fd, zeros, 0, Math.min(zeros.length, length - written), written);
    }
  } catch (error) {
    throw storageError(path, systemCode(error) ?? String(error), length, error);
  }
}

/** `NO_SPACE` for a full disk, quota or size limit, `COULD_NOT_ACCESS_STORAGE` for all other error codes. */
export function storageError(path: string, code: string, length: number, cause?: unknown): RingwireError {
  if (!NO_SPACE_CODES.has(code)) return couldNotAccess(path, cause ?? new Error(code));
  return new RingwireError(
    'NO_SPACE',
    `no space for ${length > 0 ? `${length} bytes` : 'another file'} at ${path} (${code}): free space, or use a smaller capacity`,
    { path, length, reason: code, cause },
  );
}
