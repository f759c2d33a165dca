/** Where a channel lives. Source: kekbit `storage_path`; docs/format.md, "Names". */
import fs from 'node:fs';
import path from 'node:path';
import { couldNotAccess, systemCode } from '../../platform/index.js';
import { u64 } from '../core/arguments.js';

export interface ChannelPaths {
  readonly folder: string;
  /** `<root>/HHHH_hhhh/LLLL_llll.kekbit` */
  readonly file: string;
  /** Exists while the channel is being created. */
  readonly lock: string;
  /** The doorbell and the writer's owner record: ours, unknown to the original. */
  readonly bell: string;
}

/** Half of an id. */
const HALF = /^([0-9a-f]{4})_([0-9a-f]{4})$/;

/** The files of a channel. @throws RingwireError `INVALID_ARGUMENT` */
export function channelPaths(root: string, channelId: bigint | number): ChannelPaths {
  const hex = u64('channelId', channelId).toString(16).padStart(16, '0');
  const folder = path.join(root, `${hex.slice(0, 4)}_${hex.slice(4, 8)}`);
  const base = path.join(folder, `${hex.slice(8, 12)}_${hex.slice(12)}`);
  return { folder, file: `${base}.kekbit`, lock: `${base}.lock`, bell: `${base}.bell` };
}

/** The files of the channel whose file is `file`. */
export function channelPathsOfFile(file: string): ChannelPaths {
  const base = file.slice(0, -'.kekbit'.length);
  return { folder: path.dirname(file), file, lock: `${base}.lock`, bell: `${base}.bell` };
}

/** The ids of all channels below a root, ascending. @throws RingwireError `COULD_NOT_ACCESS_STORAGE` */
export function listChannelIds(root: string): bigint[] {
  return listIds(root, '.kekbit');
}

/** The ids of everything below a root that is named by an id and `suffix`. */
export function listIds(root: string, suffix: string): bigint[] {
  const ids: bigint[] = [];
  for (const folder of names(root)) {
    const high = HALF.exec(folder);
    if (high === null) continue;
    for (const file of names(path.join(root, folder))) {
      const low = file.endsWith(suffix) ? HALF.exec(file.slice(0, -suffix.length)) : null;
      if (low !== null) ids.push(BigInt(`0x${high[1]}${high[2]}${low[1]}${low[2]}`));
    }
  }
  return ids.sort((a, b) => (a < b ? -1 : 1));
}

function names(folder: string): string[] {
  try {
    return fs.readdirSync(folder);
  } catch (error) {
    if (systemCode(error) === 'ENOTDIR') return [];
    throw couldNotAccess(folder, error);
  }
}
