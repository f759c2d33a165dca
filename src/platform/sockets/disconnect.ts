/**
 * Disconnects views that cannot be detached (Node 20) from their file: one call replaces the range by private zero pages.
 * Existing views then read zeros, and stores through them do not reach the file.
 */
import {
  errnoName,
  libc,
  MAP_ANONYMOUS,
  MAP_FAILED,
  MAP_FIXED,
  MAP_NORESERVE,
  MAP_PRIVATE,
  PROT_READ,
  PROT_WRITE,
} from '../libc.js';
import { RingwireError } from '../ringwire-error.js';

/**
 * Replaces the pages from `address` on, `length` bytes, by private zero pages.
 * @throws RingwireError `MEMORY_MAPPING_FAILED` when the kernel refuses; the views then still show the file
 */
export function disconnect(address: bigint, length: number): void {
  const { mmap, errno } = libc();
  const flags = MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
  if (mmap(address, length, PROT_READ | PROT_WRITE, flags, -1, 0) !== MAP_FAILED) return;
  const reason = `mmap of ${length} bytes: ${errnoName(errno())}`;
  throw new RingwireError('MEMORY_MAPPING_FAILED', `cannot disconnect a mapping from its file: ${reason}`, {
    reason,
    length,
  });
}
