/**
 * Names whose creator died before the channel appeared.
 *
 * INV-NAME-03: a name is abandoned if the creation lock of its id is free and then no channel has the id, checked in this
 * order: a creator releases its lock after the channel appeared. The next process that needs the name removes it.
 */
import fs from 'node:fs';
import { couldNotAccess, RingwireError } from '../../platform/index.js';
import { resolveRoot } from './channel-listing.js';
import {
  type ChannelKey,
  channelIdOf,
  channelNameOf,
  type NamedChannel,
  nameFileOf,
} from './channel-names.js';
import { type ChannelPaths, channelPaths, journalControlOf } from './channel-path.js';
import { isBeingCreated, removeStaleLockOf, storageNotReady } from './creation-lock.js';
import { withNamesLocked } from './names-lock.js';

/**
 * Whether the creator of a name died before the channel appeared, or the channel was removed without its name. The names
 * are locked.
 */
export function isAbandoned(root: string, id: bigint): boolean {
  const kinds = filesOf(root, id);
  return !kinds.some(isBeingCreated) && !kinds.some(channelExists);
}

/**
 * Removes the name of an id if it is abandoned, and the creation lock.
 * @returns whether there was a lock
 */
export function removeAbandonedName(root: string, id: bigint): boolean {
  if (channelNameOf(root, id) === null) return false;
  const folder = resolveRoot(root);
  return withNamesLocked(folder, () => {
    const name = channelNameOf(folder, id);
    return name !== null && isAbandoned(folder, id) && removeAbandoned(folder, { id, name });
  });
}

/** Removes an abandoned name, and the creation lock. The names are locked. @returns whether there was a lock */
function removeAbandoned(root: string, { id, name }: NamedChannel): boolean {
  const file = nameFileOf(channelPaths(root, id), name);
  try {
    // The name first: as long as it exists, the lock prevents that another channel of this id gets it.
    fs.rmSync(file, { force: true });
  } catch (error) {
    throw couldNotAccess(file, error);
  }
  return removeStaleLocks(root, id);
}

/**
 * Refuses a name that a channel has; removes it if it is abandoned. The names are locked.
 * @throws RingwireError `STORAGE_ALREADY_EXISTS`, `STORAGE_NOT_READY`
 */
export function requireUnused(root: string, known: NamedChannel): void {
  const { id, name } = known;
  if (isAbandoned(root, id)) {
    removeAbandoned(root, known);
    return;
  }
  const creating = filesOf(root, id).find(isBeingCreated);
  if (creating !== undefined) throw storageNotReady(creating);
  removeStaleLocks(root, id);
  const message = `channel ${id} below ${root} has the name '${name}': resume it, use another name, or rename it`;
  throw new RingwireError('STORAGE_ALREADY_EXISTS', message, { path: channelPaths(root, id).file });
}

/**
 * Removes the lock of a creator that died after its channel appeared. A writer that resumes a channel by its name needs no
 * `removeStaleLock`. Does nothing for an id.
 */
export function unlockNamed(root: string, channel: ChannelKey): void {
  if (typeof channel !== 'string' && !(typeof channel === 'object' && channel.name !== undefined)) return;
  const id = channelIdOf(root, channel);
  const kinds = filesOf(root, id);
  if (kinds.some(({ lock }) => fs.existsSync(lock)) && kinds.some(channelExists)) removeStaleLocks(root, id);
}

/** Removes the creation locks of dead creators of this id. @returns whether there was one */
export function removeStaleLocks(root: string, id: bigint): boolean {
  const [channel, control] = filesOf(root, id);
  const removed = [channel, control].map((paths) => {
    try {
      return removeStaleLockOf(paths);
    } catch (error) {
      // The lock of kekbit or of another user stays, and with it the id.
      if (error instanceof RingwireError) return false;
      throw error;
    }
  });
  if (removed[1]) removeEmptyFolder(control.folder);
  return removed.includes(true);
}

function removeEmptyFolder(folder: string): void {
  try {
    fs.rmdirSync(folder);
  } catch {
    // It holds what a user put there.
  }
}

/** The files of a channel of any kind with this id: of a log or ring, and the control file of a journal. */
export function filesOf(root: string, id: bigint): readonly [ChannelPaths, ChannelPaths] {
  const paths = channelPaths(root, id);
  return [paths, journalControlOf(paths)];
}

/** Whether the channel exists. An empty file is the placeholder of a creator on a file system without links. */
export function channelExists({ file }: ChannelPaths): boolean {
  try {
    const stats = fs.lstatSync(file, { throwIfNoEntry: false });
    return stats !== undefined && !(stats.isFile() && stats.size === 0);
  } catch (error) {
    throw couldNotAccess(file, error);
  }
}
