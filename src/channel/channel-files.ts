/** The files of channels: their paths, their space and their last change. */
import fs from 'node:fs';
import path from 'node:path';
import { couldNotAccess, systemCode } from '../platform/index.js';
import { type IdEntry, idEntriesIn, listIdEntries, resolveRoot } from './files/channel-listing.js';
import { channelPaths } from './files/channel-path.js';

/** Every file of one channel. */
export interface ChannelFiles {
  /** The files and folders below the root that are named by the id, as absolute paths. */
  readonly paths: readonly string[];
  /** Bytes that the files occupy, those in folders included. */
  readonly bytes: number;
  /**
   * Time of the last change of a file, in milliseconds since 1970. A writer sets it when it closes or detaches. Before
   * that the kernel records the first store to a page of a mapping, not every one: the writer of a ring that only
   * overwrites its records may have died later.
   */
  readonly changedMs: number;
}

/** Bytes of a block in `stat(2)`. */
const BLOCK = 512;

/**
 * Finds the files of a channel: of any kind, and those that a dead process left.
 * @throws RingwireError `COULD_NOT_ACCESS_STORAGE`
 */
export function filesOfChannel(root: string, id: bigint): ChannelFiles {
  const { folder } = channelPaths(root, id);
  if (!fs.existsSync(folder)) return { paths: [], bytes: 0, changedMs: 0 };
  return summed(idEntriesIn(folder).filter((entry) => entry.id === id));
}

/**
 * Finds the files of every id below a root.
 * @throws RingwireError `COULD_NOT_ACCESS_STORAGE`, also for a missing root
 */
export function filesOfChannels(root: string): Map<bigint, ChannelFiles> {
  const entries = new Map<bigint, IdEntry[]>();
  for (const entry of listIdEntries(resolveRoot(root))) {
    const others = entries.get(entry.id);
    if (others === undefined) entries.set(entry.id, [entry]);
    else others.push(entry);
  }
  return new Map([...entries].map(([id, own]) => [id, summed(own)]));
}

function summed(entries: readonly IdEntry[]): ChannelFiles {
  const paths = entries.map(({ folder, entry }) => path.join(folder, entry.name));
  const stats = paths.flatMap(statsBelow);
  return {
    paths,
    bytes: stats.reduce((sum, { blocks }) => sum + blocks * BLOCK, 0),
    changedMs: stats.reduce((latest, { mtimeMs }) => Math.max(latest, mtimeMs), 0),
  };
}

/** The file, or the folder and all that it holds. Skips what is removed meanwhile. */
function statsBelow(file: string): fs.Stats[] {
  try {
    const stats = fs.lstatSync(file);
    if (!stats.isDirectory()) return [stats];
    return [stats, ...fs.readdirSync(file).flatMap((name) => statsBelow(path.join(file, name)))];
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw couldNotAccess(file, error);
  }
}
