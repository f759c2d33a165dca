/**
 * A fence that one process executes in others: membarrier(2), Linux 4.16. A process that publishes often executes none
 * then, and one that goes to sleep, which is rare, executes it for both.
 */
import { libc, MEMBARRIER_GLOBAL_EXPEDITED, MEMBARRIER_REGISTER_GLOBAL_EXPEDITED } from '../libc.js';

let accepts: boolean | undefined;

/** Lets other processes execute fences in this one. @returns false where the kernel or a sandbox refuses it */
export function acceptRemoteFences(): boolean {
  accepts ??= libc().membarrier(MEMBARRIER_REGISTER_GLOBAL_EXPEDITED) === 0;
  return accepts;
}

/**
 * Executes a full fence in this thread and in every running thread of the processes that accept it.
 * @returns false where the kernel or a sandbox refuses it
 */
export function fenceAll(): boolean {
  return libc().membarrier(MEMBARRIER_GLOBAL_EXPEDITED) === 0;
}
