/** Detects that the reader of a pipe has closed it, without a write. */
import { libc } from '../libc.js';

const POLLERR = 0x8;
const POLLHUP = 0x10;
/** `struct pollfd`: descriptor (i32), events (i16), revents (i16). */
const POLLFD_LENGTH = 8;
const REVENTS_OFFSET = 6;

/** Whether the reader of this pipe or socket has closed it. False for files. */
export function isPipeBroken(fd: number): boolean {
  const descriptor = Buffer.alloc(POLLFD_LENGTH);
  descriptor.writeInt32LE(fd, 0);
  if (libc().poll(descriptor, 1, 0) <= 0) return false;
  return (descriptor.readInt16LE(REVENTS_OFFSET) & (POLLERR | POLLHUP)) !== 0;
}
