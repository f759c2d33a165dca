import { channelPaths } from './files/channel-path.js';
import { removeStaleLockOf } from './files/creation-lock.js';
import { journalPaths } from './journal/journal-path.js';

/**
 * Removes the lock, and the half-made files, of a creator that died. A lock whose creator lives is never removed.
 * A lock of the original program says nothing about its creator: it is removed only with `force`.
 * @returns whether there was a lock to remove
 * @throws RingwireError `STORAGE_NOT_READY` when the creator lives or, without `force`, may live
 */
export function removeStaleLock(
  root: string,
  channelId: bigint | number,
  options: { readonly force?: boolean } = {},
): boolean {
  return (
    removeStaleLockOf(channelPaths(root, channelId), options) ||
    removeStaleLockOf(journalPaths(root, channelId).control, options)
  );
}
