/** The files below a root that are named by the id of a channel: `<root>/HHHH_hhhh/LLLL_llll<suffix>`. */
import fs from 'node:fs';
import path from 'node:path';
import { couldNotAccess, RingwireError, systemCode } from '../../platform/index.js';

/** Matches half of an id. */
const HALF = /^([0-9a-f]{4})_([0-9a-f]{4})$/;
const HALF_LENGTH = 9;

/** A file or folder below a root, named by the id of a channel. */
export interface IdEntry {
  readonly id: bigint;
  /** The folder of the entry, as an absolute path. */
  readonly folder: string;
  /** The name of the entry after the id: `.kekbit`. */
  readonly suffix: string;
  readonly entry: fs.Dirent;
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

/** Returns the path of the files of an id, without their suffix: `<root>/HHHH_hhhh/LLLL_llll`. */
export function basePath(root: string, id: bigint): string {
  const hex = id.toString(16).padStart(16, '0');
  const [a, b, c, d] = [0, 4, 8, 12].map((start) => hex.slice(start, start + 4));
  return path.join(root, `${a}_${b}`, `${c}_${d}`);
}

/**
 * Lists every entry below a root that is named by an id, ascending by id.
 * @throws RingwireError `COULD_NOT_ACCESS_STORAGE`, also for a missing root
 */
export function listIdEntries(root: string): IdEntry[] {
  return entries(root)
    .filter((folder) => folder.isDirectory())
    .flatMap((folder) => idEntriesIn(path.join(root, folder.name)))
    .sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
}

/**
 * Lists the entries of a folder `<root>/HHHH_hhhh` that are named by an id, in no order.
 * @throws RingwireError `COULD_NOT_ACCESS_STORAGE`, also for a missing folder
 */
export function idEntriesIn(folder: string): IdEntry[] {
  const high = HALF.exec(path.basename(folder));
  if (high === null) return [];
  return entries(folder).flatMap((entry) => {
    const low = HALF.exec(entry.name.slice(0, HALF_LENGTH));
    if (low === null) return [];
    const id = BigInt(`0x${high[1]}${high[2]}${low[1]}${low[2]}`);
    return [{ id, folder, suffix: entry.name.slice(HALF_LENGTH), entry }];
  });
}

/**
 * Lists the ids of all files or folders below a root that are named by an id and `suffix`, ascending.
 * @throws RingwireError `COULD_NOT_ACCESS_STORAGE`
 */
export function listIds(root: string, suffix: string): bigint[] {
  const ids = entries(root).flatMap((folder) => {
    const high = folder.isDirectory() ? HALF.exec(folder.name) : null;
    if (high === null) return [];
    return fileNames(path.join(root, folder.name)).flatMap((name) => {
      // Most files have another suffix: its comparison is the cheapest.
      if (!name.endsWith(suffix) || name.length !== HALF_LENGTH + suffix.length) return [];
      const low = HALF.exec(name.slice(0, HALF_LENGTH));
      return low === null ? [] : [BigInt(`0x${high[1]}${high[2]}${low[1]}${low[2]}`)];
    });
  });
  return ids.sort((a, b) => (a < b ? -1 : 1));
}

function entries(folder: string): fs.Dirent[] {
  return listed(folder, () => fs.readdirSync(folder, { withFileTypes: true }));
}

/** Lists the names in a folder. @throws RingwireError `COULD_NOT_ACCESS_STORAGE` */
export function fileNames(folder: string): string[] {
  return listed(folder, () => fs.readdirSync(folder));
}

function listed<T>(folder: string, list: () => T[]): T[] {
  try {
    return list();
  } catch (error) {
    if (systemCode(error) === 'ENOTDIR') return [];
    throw couldNotAccess(folder, error);
  }
}
