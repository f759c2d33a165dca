/**
 * Moves bytes from a pipe to a file so that this process never holds the only copy. splice(2) copies them into the file
 * and removes them from the pipe in one system call, which a SIGKILL does not interrupt. After a kill each byte is either
 * in the pipe or in the file, and the length of the file shows which.
 */
import os from 'node:os';
import { F_SETPIPE_SZ, libc, SPLICE_F_NONBLOCK } from '../libc.js';

const { EAGAIN } = os.constants.errno;
const position = new BigInt64Array(1);

/**
 * Moves at most `length` bytes from a pipe to a file at `offset`. Does not block.
 * @returns bytes moved, 0 for an empty pipe, or the negative error number, after which the pipe is unchanged: ENOSPC,
 * EDQUOT, or EINVAL when the file system does not support it
 */
export function movePipeToFile(pipe: number, file: number, offset: number, length: number): number {
  position[0] = BigInt(offset);
  const moved = libc().splice(pipe, null, file, position, length, SPLICE_F_NONBLOCK);
  if (moved >= 0) return moved;
  const failed = libc().errno();
  return failed === EAGAIN ? 0 : -failed;
}

/** Sets the capacity of a pipe to `bytes`. @returns false when the limits of the user do not allow it */
export function enlargePipe(pipe: number, bytes: number): boolean {
  return libc().fcntlNumber(pipe, F_SETPIPE_SZ, bytes) >= bytes;
}
