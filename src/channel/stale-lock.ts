import { removeAbandonedName } from './files/abandoned-names.js';
import { type ChannelKey, channelIdOf } from './files/channel-names.js';
import { channelPaths } from './files/channel-path.js';
import { removeStaleLockOf } from './files/creation-lock.js';
import { journalPaths } from './journal/journal-path.js';

/**
 * Removes the lock and the incomplete files of a dead creator. Never removes the lock of a live creator. A lock of
 * kekbit does not name its creator: only `force` removes it.
 * @returns whether a lock was removed
 * @throws RingwireError `STORAGE_NOT_READY` if the creator is alive or, without `force`, may be alive
 */
export function removeStaleLock(
  root: string,
  channel: ChannelKey,
  options: { readonly force?: boolean } = {},
): boolean {
  const channelId = channelIdOf(root, channel);
  return (
    removeAbandonedName(root, channelId) ||
    removeStaleLockOf(channelPaths(root, channelId), options) ||
    removeStaleLockOf(journalPaths(root, channelId).control, options)
  );
}
