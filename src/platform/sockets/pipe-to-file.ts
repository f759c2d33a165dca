/**
 * Moves bytes from a pipe to a file so that they are never in this process alone: splice(2) copies them into the file and
 * removes them from the pipe in one system call, which a SIGKILL does not interrupt. Killed at any moment, each byte is
 * either still in the pipe or in the file, and the length of the file says which.
 */
import os from 'node:os';
import { F_SETPIPE_SZ, libc, SPLICE_F_NONBLOCK } from '../libc.js';

const { EAGAIN } = os.constants.errno;
const position = new BigInt64Array(1);

/**
 * Moves at most `length` bytes from a pipe to a file at `offset`; never waits.
 * @returns bytes moved, 0 when the pipe has none now, or the negative error number: ENOSPC, EDQUOT, EINVAL where the
 * file system cannot do it; the pipe is unchanged then
 */
export function movePipeToFile(pipe: number, file: number, offset: number, length: number): number {
  position[0] = BigInt(offset);
  const moved = libc().splice(pipe, null, file, position, length, SPLICE_F_NONBLOCK);
  if (moved >= 0) return moved;
  const failed = libc().errno();
  return failed === EAGAIN ? 0 : -failed;
}

/** Lets a pipe hold `bytes`, if the limits of its user allow it. @returns whether they did */
export function enlargePipe(pipe: number, bytes: number): boolean {
  return libc().fcntlNumber(pipe, F_SETPIPE_SZ, bytes) >= bytes;
}
