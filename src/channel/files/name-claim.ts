/**
 * Creates a channel under a name. While the names are locked, the creator chooses the id, takes the creation lock of the
 * channel and writes the name file. It then creates the channel like any other, without the lock of the names.
 *
 * INV-NAME-02: a name file appears while its creator holds the creation lock of the channel, and before the channel: a
 * channel that was created under a name has it from the first moment.
 */
import fs from 'node:fs';
import { RingwireError, storageError, systemCode } from '../../platform/index.js';
import { u64 } from '../core/arguments.js';
import type { ChannelIdentity } from '../core/channel-options.js';
import { channelExists, filesOf, isAbandoned, removeStaleLocks, requireUnused } from './abandoned-names.js';
import { alreadyExists } from './channel-file.js';
import { makeFolders, syncFolder } from './channel-folders.js';
import { listIdEntries, resolveRoot } from './channel-listing.js';
import { listChannelNames, type NamedChannel, nameFileOf, requireName } from './channel-names.js';
import { type ChannelPaths, channelPaths } from './channel-path.js';
import { type ClaimedPaths, takeCreationLock } from './creation-lock.js';
import { withNamesLocked } from './names-lock.js';
import { removeQuietly } from './remove-quietly.js';

const LAST_ID = 2n ** 64n - 1n;
/** Codes of an id that another process uses. */
const TAKEN = new Set(['STORAGE_NOT_READY', 'STORAGE_ALREADY_EXISTS']);

/** The files of a kind of channel that its creation lock protects. */
type PathsOf = (root: string, id: bigint) => ChannelPaths;

/**
 * Calls `create` with the files and the id of a new channel. A channel with a name alone gets the lowest free id from 1.
 * `pathsOf`: the files of the kind of channel.
 * @throws RingwireError `STORAGE_ALREADY_EXISTS` if the name or the id is taken, `STORAGE_NOT_READY` while another
 * process creates it, `INVALID_ARGUMENT`, `NO_SPACE`, `COULD_NOT_ACCESS_STORAGE`; the errors of `create`
 */
export function createIdentified<T>(
  root: string,
  { channelId, name }: ChannelIdentity,
  pathsOf: PathsOf,
  create: (paths: ClaimedPaths, id: bigint) => T,
): T {
  const wanted = channelId === undefined ? null : u64('channelId', channelId);
  if (name === undefined) {
    if (wanted !== null) return create(pathsOf(root, wanted), wanted);
    throw new RingwireError('INVALID_ARGUMENT', 'a new channel needs the option channelId or name');
  }
  const { id, paths } = claim(resolveRoot(root), requireName(name), wanted, pathsOf);
  try {
    return create(paths, id);
  } catch (error) {
    paths.claim?.lock.abandon();
    throw error;
  }
}

/** Writes the name file of a channel. The names are locked. @throws RingwireError `NO_SPACE`, `COULD_NOT_ACCESS_STORAGE` */
export function writeName(root: string, { id, name }: NamedChannel): void {
  const paths = channelPaths(root, id);
  const file = nameFileOf(paths, name);
  try {
    fs.closeSync(fs.openSync(file, 'wx', 0o600));
    syncFolder(paths.folder);
  } catch (error) {
    removeQuietly(file);
    throw storageError(file, systemCode(error) ?? '', 0, error);
  }
}

function claim(
  root: string,
  name: string,
  wanted: bigint | null,
  pathsOf: PathsOf,
): { readonly id: bigint; readonly paths: ClaimedPaths } {
  makeFolders({ root, folders: [] });
  return withNamesLocked(root, () => {
    for (const known of listChannelNames(root)) {
      if (known.name === name || known.id === wanted) requireUnused(root, known);
    }
    if (wanted !== null) return claimId(root, { id: wanted, name }, pathsOf);
    for (const id of freeIds(root)) {
      try {
        return claimId(root, { id, name }, pathsOf);
      } catch (error) {
        // A process that creates a channel without a name took the id first.
        if (!TAKEN.has(codeOf(error))) throw error;
      }
    }
    throw new RingwireError('STORAGE_ALREADY_EXISTS', `no id is free below ${root}`, { path: root });
  });
}

function claimId(root: string, named: NamedChannel, pathsOf: PathsOf) {
  const { id } = named;
  const paths = pathsOf(root, id);
  makeFolders(paths);
  const lock = takeCreationLock(paths);
  try {
    if (filesOf(root, id).some(channelExists)) throw alreadyExists(paths);
    const nameFile = nameFileOf(channelPaths(root, id), named.name);
    lock.removesWith(nameFile);
    writeName(root, named);
    return { id, paths: { ...paths, claim: { lock, nameFile } } };
  } catch (error) {
    lock.abandon();
    throw error;
  }
}

/** The ids from 1 that nothing below the root uses, ascending. Frees the ids of creators that died. */
function* freeIds(root: string): Generator<bigint> {
  const used = new Map<bigint, Set<string>>();
  for (const { id, suffix } of listIdEntries(root)) {
    const suffixes = used.get(id);
    if (suffixes === undefined) used.set(id, new Set([suffix]));
    else suffixes.add(suffix);
  }
  for (let id = 1n; id <= LAST_ID; id++) {
    const suffixes = used.get(id);
    if (suffixes === undefined || wasFreed(root, id, suffixes)) yield id;
  }
}

function wasFreed(root: string, id: bigint, suffixes: ReadonlySet<string>): boolean {
  if (suffixes.has('.kekbit') || [...suffixes].some((suffix) => suffix.endsWith('.name'))) return false;
  return isAbandoned(root, id) && removeStaleLocks(root, id);
}

function codeOf(error: unknown): string {
  return error instanceof RingwireError ? error.code : '';
}
