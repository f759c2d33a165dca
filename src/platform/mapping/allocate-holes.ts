/** Reservation of a file that another process made: its holes are allocated before it is mapped for writing. */
import fs from 'node:fs';
import os from 'node:os';
import { errnoName, libc } from '../libc.js';
import { storageError } from './reserve.js';

const { EINVAL, EOPNOTSUPP } = os.constants.errno;
const BLOCK = 512;

/**
 * Allocates the blocks that a sparse file lacks, so that no store into its mapping meets SIGBUS on a full disk. The
 * bytes of the file stay as they are. Does nothing for a file without holes, and on a file system without fallocate.
 * @throws RingwireError `NO_SPACE`, `COULD_NOT_ACCESS_STORAGE`
 */
export function allocateHoles(fd: number, path: string): void {
  const { size, blocks } = fs.fstatSync(fd);
  if (size === 0 || blocks * BLOCK >= size) return;
  let errno = libc().posixFallocate(fd, 0, size);
  while (errnoName(errno) === 'EINTR') errno = libc().posixFallocate(fd, 0, size);
  if (errno !== 0 && errno !== EOPNOTSUPP && errno !== EINVAL) {
    throw storageError(path, errnoName(errno), size - blocks * BLOCK);
  }
}
