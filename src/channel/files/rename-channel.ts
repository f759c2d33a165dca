/** Gives a channel another name, or its first one. */
import fs from 'node:fs';
import { couldNotAccess, storageNotFound } from '../../platform/index.js';
import { channelExists, filesOf, requireUnused } from './abandoned-names.js';
import { resolveRoot } from './channel-listing.js';
import {
  type ChannelKey,
  channelIdOf,
  listChannelNames,
  type NamedChannel,
  nameFileOf,
  requireName,
} from './channel-names.js';
import { channelPaths } from './channel-path.js';
import { writeName } from './name-claim.js';
import { withNamesLocked } from './names-lock.js';

/**
 * Gives the channel the name `name`. Its id stays, so that writers and readers that have it open continue. The change is
 * one step: a process that dies leaves the old name or the new one.
 * @returns the channel with its new name
 * @throws RingwireError `STORAGE_NOT_FOUND`; `STORAGE_ALREADY_EXISTS` if another channel has the name;
 * `STORAGE_NOT_READY` while another process creates, renames or removes channels; `INVALID_ARGUMENT`, `NO_SPACE`,
 * `COULD_NOT_ACCESS_STORAGE`
 */
export function renameChannel(root: string, channel: ChannelKey, name: string): NamedChannel {
  const folder = resolveRoot(root);
  requireName(name);
  channelIdOf(folder, channel);
  return withNamesLocked(folder, () => {
    const id = channelIdOf(folder, channel);
    const paths = channelPaths(folder, id);
    if (!filesOf(folder, id).some(channelExists)) throw storageNotFound(paths.file);
    const known = listChannelNames(folder);
    const current = known.find((other) => other.id === id);
    if (current?.name === name) return { name, id };
    const other = known.find((taken) => taken.name === name);
    if (other !== undefined) requireUnused(folder, other);
    if (current === undefined) writeName(folder, { name, id });
    else move(nameFileOf(paths, current.name), nameFileOf(paths, name));
    return { name, id };
  });
}

function move(from: string, to: string): void {
  try {
    fs.renameSync(from, to);
  } catch (error) {
    throw couldNotAccess(from, error);
  }
}
