/**
 * The paths of a channel. Source: kekbit `storage_path`; docs/format.md, "Names".
 *
 * INV-FILE-06: every path is absolute: it names the same file after a change of the working directory.
 */
import fs from 'node:fs';
import path from 'node:path';
import { couldNotAccess, RingwireError, systemCode } from '../../platform/index.js';
import { u64 } from '../core/arguments.js';
import type { FolderChain } from './channel-folders.js';

/** The files of one channel, as absolute paths. */
export interface ChannelPaths extends FolderChain {
  /** The folder of the files below: the last of `folders`. */
  readonly folder: string;
  /** The channel file: `<root>/HHHH_hhhh/LLLL_llll.kekbit`, the id in hexadecimal. */
  readonly file: string;
  /** The creation lock. It exists while a process creates the channel. */
  readonly lock: string;
  /** The doorbell file, with the owner record of the writer. kekbit does not know it. */
  readonly bell: string;
}

/** Matches half of an id. */
const HALF = /^([0-9a-f]{4})_([0-9a-f]{4})$/;

/**
 * Returns the files of the channel `channelId` below the folder `root`. Resolves a relative root once.
 * @throws RingwireError `INVALID_ARGUMENT` for an id out of range or an empty root
 */
export function channelPaths(root: string, channelId: bigint | number): ChannelPaths {
  const hex = u64('channelId', channelId).toString(16).padStart(16, '0');
  const absolute = resolveRoot(root);
  const folder = path.join(absolute, `${hex.slice(0, 4)}_${hex.slice(4, 8)}`);
  return pathsIn(absolute, folder, path.join(folder, `${hex.slice(8, 12)}_${hex.slice(12)}`));
}

/** Returns the files of the channel whose channel file is `file`. */
export function channelPathsOfFile(file: string): ChannelPaths {
  const base = path.resolve(file).slice(0, -'.kekbit'.length);
  const folder = path.dirname(base);
  return pathsIn(path.dirname(folder), folder, base);
}

/**
 * Returns the absolute path of a root.
 * @throws RingwireError `INVALID_ARGUMENT` for an empty root
 */
export function resolveRoot(root: string): string {
  if (typeof root === 'string' && root !== '') return path.resolve(root);
  const message = `the root of a channel must be the path of a folder, not ${root === '' ? 'an empty string' : String(root)}`;
  throw new RingwireError('INVALID_ARGUMENT', message);
}

function pathsIn(root: string, folder: string, base: string): ChannelPaths {
  const files = { file: `${base}.kekbit`, lock: `${base}.lock`, bell: `${base}.bell` };
  return { root, folders: [folder], folder, ...files };
}

/**
 * Lists the ids of all channels below a root, ascending.
 * @throws RingwireError `COULD_NOT_ACCESS_STORAGE`
 */
export function listChannelIds(root: string): bigint[] {
  return listIds(root, '.kekbit');
}

/** Lists the ids of all files or folders below a root that are named by an id and `suffix`. */
export function listIds(root: string, suffix: string): bigint[] {
  const ids: bigint[] = [];
  for (const folder of entries(root)) {
    const high = folder.isDirectory() ? HALF.exec(folder.name) : null;
    if (high === null) continue;
    for (const { name } of entries(path.join(root, folder.name))) {
      const low = name.endsWith(suffix) ? HALF.exec(name.slice(0, -suffix.length)) : null;
      if (low !== null) ids.push(BigInt(`0x${high[1]}${high[2]}${low[1]}${low[2]}`));
    }
  }
  return ids.sort((a, b) => (a < b ? -1 : 1));
}

function entries(folder: string): fs.Dirent[] {
  try {
    return fs.readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    if (systemCode(error) === 'ENOTDIR') return [];
    throw couldNotAccess(folder, error);
  }
}
