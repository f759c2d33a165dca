/**
 * The paths of a channel. Source: kekbit `storage_path`; docs/format.md, "Names".
 *
 * INV-FILE-06: every path is absolute: it names the same file after a change of the working directory.
 */
import path from 'node:path';
import type { FolderChain } from './channel-folders.js';
import { basePath, listIds, resolveRoot } from './channel-listing.js';
import { type ChannelKey, channelIdOf } from './channel-names.js';

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

/**
 * Returns the files of a channel, given by its id or its name, below the folder `root`. Resolves a relative root once.
 * @throws RingwireError `INVALID_ARGUMENT` for an id out of range, an invalid name or an empty root;
 * `STORAGE_NOT_FOUND` for an unknown name
 */
export function channelPaths(root: string, channel: ChannelKey): ChannelPaths {
  const absolute = resolveRoot(root);
  const base = basePath(absolute, channelIdOf(absolute, channel));
  return pathsIn(absolute, path.dirname(base), base);
}

/** Returns the files of the channel whose channel file is `file`. */
export function channelPathsOfFile(file: string): ChannelPaths {
  const base = path.resolve(file).slice(0, -'.kekbit'.length);
  const folder = path.dirname(base);
  return pathsIn(path.dirname(folder), folder, base);
}

/** The folder of a journal with the id of these files. */
export function journalFolderOf({ file }: ChannelPaths): string {
  return `${file.slice(0, -'.kekbit'.length)}.journal`;
}

/** The control file of a journal with the id of these files, its creation lock and its doorbell file. */
export function journalControlOf(paths: ChannelPaths): ChannelPaths {
  const folder = journalFolderOf(paths);
  const base = path.join(folder, 'journal');
  const files = { file: base, lock: `${base}.lock`, bell: `${base}.bell` };
  return { root: paths.root, folders: [...paths.folders, folder], folder, ...files };
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
