/**
 * Creates the folders between a root and a channel file one by one, and follows no symbolic link.
 *
 * INV-FILE-04: below the root no symbolic link is followed: each folder on the way to a channel is a real folder.
 * INV-FILE-05: a new folder is on disk before its content is used: its parent is synced.
 */
import fs from 'node:fs';
import path from 'node:path';
import { couldNotAccess, RingwireError, storageError, systemCode } from '../../platform/index.js';

const FOLDER_MODE = 0o700;
/**
 * Errors of a parent that the process must not read, or of a file system that cannot sync folders. They do not
 * prevent the use of the folder.
 */
const NOT_SYNCABLE = new Set(['EACCES', 'EPERM', 'EINVAL']);

/** A root and the folders below it that lead to a file, outermost first. */
export interface FolderChain {
  /** The folder that the caller gave, as an absolute path. Symbolic links may lead to it. */
  readonly root: string;
  /** The folders below the root, outermost first, as absolute paths. */
  readonly folders: readonly string[];
}

/**
 * Creates every missing folder of a chain and syncs the parents of the new folders.
 * @throws RingwireError `NO_SPACE`, or `COULD_NOT_ACCESS_STORAGE`, also for a link or a file in place of a folder
 */
export function makeFolders({ root, folders }: FolderChain): void {
  let current = root;
  try {
    const first = fs.mkdirSync(root, { recursive: true, mode: FOLDER_MODE });
    if (first !== undefined) syncParents(root, first);
    for (const folder of folders) {
      current = folder;
      makeFolder(folder);
    }
  } catch (error) {
    if (error instanceof RingwireError) throw error;
    throw storageError(current, systemCode(error) ?? '', 0, error);
  }
}

/**
 * Refuses a chain with something other than a folder in it. Accepts a missing folder: opening the file reports it.
 * @throws RingwireError `COULD_NOT_ACCESS_STORAGE`
 */
export function requireRealFolders({ folders }: Pick<FolderChain, 'folders'>): void {
  for (const folder of folders) {
    let stats: fs.Stats | undefined;
    try {
      stats = fs.lstatSync(folder, { throwIfNoEntry: false });
    } catch (error) {
      throw couldNotAccess(folder, error);
    }
    if (stats === undefined) return;
    requireFolder(folder, stats);
  }
}

/** Writes the names in a folder to disk. @throws the error of the operating system */
export function syncFolder(folder: string): void {
  const fd = fs.openSync(folder, 'r');
  try {
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}

function makeFolder(folder: string): void {
  try {
    fs.mkdirSync(folder, { mode: FOLDER_MODE });
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error;
    requireFolder(folder, fs.lstatSync(folder));
    return;
  }
  syncWherePossible(path.dirname(folder));
}

/** Syncs the parent of each folder from `folder` up to `first`, the outermost new folder. */
function syncParents(folder: string, first: string): void {
  for (let made = folder; ; made = path.dirname(made)) {
    syncWherePossible(path.dirname(made));
    if (made === first || made === path.dirname(made)) return;
  }
}

function syncWherePossible(folder: string): void {
  try {
    syncFolder(folder);
  } catch (error) {
    if (!NOT_SYNCABLE.has(systemCode(error) ?? '')) throw error;
  }
}

function requireFolder(folder: string, stats: fs.Stats): void {
  if (stats.isDirectory()) return;
  const what = stats.isSymbolicLink() ? 'a symbolic link' : 'not a folder';
  const why = `it is ${what}; every folder below the root of a channel must be a real folder`;
  throw couldNotAccess(folder, new Error(why));
}
