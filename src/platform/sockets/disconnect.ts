/**
 * Taking a file away from views that cannot be detached (Node 20): in one step the range becomes private zero pages.
 * Views that are still around read zeros, and what is stored through them goes nowhere.
 */
import {
  libc,
  MAP_ANONYMOUS,
  MAP_FIXED,
  MAP_NORESERVE,
  MAP_PRIVATE,
  PROT_READ,
  PROT_WRITE,
} from '../libc.js';

export function disconnect(address: bigint, length: number): void {
  const flags = MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
  libc().mmap(address, length, PROT_READ | PROT_WRITE, flags, -1, 0);
}
