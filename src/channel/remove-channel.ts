/**
 * Removes a channel with all of its files.
 *
 * INV-NAME-04: the name file is removed last: a removal that dies leaves a name, by which the next removal finds the rest
 * and the next creation repairs it.
 */
import fs from 'node:fs';
import {
  couldNotAccess,
  openRegularFile,
  RingwireError,
  storageNotFound,
  tryLock,
  unlock,
} from '../platform/index.js';
import { filesOfChannel } from './channel-files.js';
import { type ChannelUser, channelUsers } from './channel-users.js';
import { channelExists, filesOf } from './files/abandoned-names.js';
import { requireRealFolders } from './files/channel-folders.js';
import { resolveRoot } from './files/channel-listing.js';
import { type ChannelKey, channelIdOf } from './files/channel-names.js';
import { channelPaths, journalFolderOf } from './files/channel-path.js';
import { removeStaleLockOf } from './files/creation-lock.js';
import { withNamesLocked } from './files/names-lock.js';

/** Options of {@link removeChannel}. */
export interface RemoveOptions {
  /** Remove the channel although live processes use it. Default: false. */
  readonly force?: boolean;
}

/** The result of {@link removeChannel}. */
export interface RemovedChannel {
  /** The id that the channel had. */
  readonly id: bigint;
  /** Bytes that its files occupied. The kernel frees them when no process has them open. */
  readonly bytes: number;
  /**
   * The live processes that used it: empty without `force`. Its writer writes into files without a name, which no reader
   * can open; its readers receive no more records from a later writer.
   */
  readonly broken: readonly ChannelUser[];
}

/**
 * Removes a channel: its files, its doorbell, its locks, the segments and cursors of a journal, and its name. A removal
 * that was interrupted is continued by the next one.
 * @throws RingwireError `CHANNEL_IN_USE` while a writer, a reader with a slot or a cursor uses it, or another process
 * creates it; `STORAGE_NOT_FOUND`; `STORAGE_NOT_READY` while another process creates, renames or removes channels;
 * `INVALID_ARGUMENT`, `COULD_NOT_ACCESS_STORAGE`
 */
export function removeChannel(
  root: string,
  channel: ChannelKey,
  { force = false }: RemoveOptions = {},
): RemovedChannel {
  const folder = resolveRoot(root);
  const known = channelPaths(folder, channelIdOf(folder, channel));
  requireRealFolders(known);
  if (!fs.existsSync(known.folder)) throw storageNotFound(known.file);
  return withNamesLocked(folder, () => {
    const id = channelIdOf(folder, channel);
    const { bytes, paths } = filesOfChannel(folder, id);
    if (paths.length === 0) throw storageNotFound(channelPaths(folder, id).file);
    const broken = channelUsers(folder, id);
    if (!force && broken.length > 0) throw inUse(folder, id, broken);
    if (!force) for (const kind of filesOf(folder, id)) removeStaleLockOf(kind);
    const locks = force ? [] : lockAll(folder, id);
    try {
      removeFiles(folder, id);
    } finally {
      releaseAll(locks);
    }
    return { id, bytes, broken };
  });
}

/** Excludes writers and registered readers: they hold locks on ranges of the file. */
function lockAll(root: string, id: bigint): number[] {
  const locked: number[] = [];
  for (const paths of filesOf(root, id)) {
    if (!channelExists(paths)) continue;
    const { fd } = openRegularFile(paths.file, true);
    locked.push(fd);
    if (tryLock(fd, paths.file)) continue;
    releaseAll(locked);
    throw inUse(root, id, channelUsers(root, id));
  }
  return locked;
}

function releaseAll(locked: readonly number[]): void {
  for (const fd of locked) {
    unlock(fd);
    fs.closeSync(fd);
  }
}

function removeFiles(root: string, id: bigint): void {
  const paths = channelPaths(root, id);
  const journal = journalFolderOf(paths);
  const removed = journal.replace(/journal$/, 'removed');
  const files = filesOfChannel(root, id).paths.filter((file) => file !== paths.file && file !== journal);
  const names = files.filter((file) => file.endsWith('.name'));
  try {
    for (const file of files) if (!names.includes(file)) fs.rmSync(file, { recursive: true, force: true });
    fs.rmSync(paths.file, { force: true });
    if (fs.existsSync(journal)) {
      // In one step: a journal without some of its segments never appears.
      fs.renameSync(journal, removed);
      fs.rmSync(removed, { recursive: true, force: true });
    }
    for (const file of names) fs.rmSync(file, { force: true });
  } catch (error) {
    throw couldNotAccess(paths.file, error);
  }
}

function inUse(root: string, id: bigint, users: readonly ChannelUser[]): RingwireError {
  const { file: path } = channelPaths(root, id);
  const who = users.map(describeUser).join(', ') || 'another process';
  const message = `channel ${id} below ${root} is in use by ${who}: end it first, or remove the channel with force`;
  return new RingwireError('CHANNEL_IN_USE', message, { path });
}

/** A user in words: `reader 'billing', process 71`. */
export function describeUser({ role, pid, name }: ChannelUser): string {
  const named = name === '' ? `a ${role}` : `${role} '${name}'`;
  return pid === null ? named : `${named}, process ${pid}`;
}
