/**
 * Whether a folder is trusted: it belongs to this user or to root, and no other user may replace its files. A folder that
 * others may write to is trusted only with the sticky bit, like `/tmp`, and only as a parent.
 */
import fs from 'node:fs';
import { couldNotAccess } from './ringwire-error.js';

const STICKY = 0o1000;
const OTHERS_WRITE = 0o022;

/** Reason for which a folder is not trusted, as the end of a sentence, or null. @param stats the result of `lstat` */
export function folderFault(stats: fs.Stats): string | null {
  if (stats.isSymbolicLink()) return 'it is a symbolic link';
  if (!stats.isDirectory()) return 'it is not a folder';
  const uid = process.geteuid?.() ?? stats.uid;
  if (stats.uid !== uid && stats.uid !== 0)
    return `it belongs to user ${stats.uid}, not to user ${uid} or root`;
  if ((stats.mode & OTHERS_WRITE) !== 0 && (stats.mode & STICKY) === 0) {
    return `other users may write to it (mode ${(stats.mode & 0o7777).toString(8)}): remove that permission with chmod go-w`;
  }
  return null;
}

/**
 * Refuses a folder whose contents another user could replace.
 * @throws RingwireError `COULD_NOT_ACCESS_STORAGE`, naming the owner or the mode
 */
export function requireOwnFolder(path: string): void {
  let stats: fs.Stats;
  try {
    stats = fs.lstatSync(path);
  } catch (error) {
    throw couldNotAccess(path, error);
  }
  const fault = folderFault(stats);
  if (fault !== null) throw couldNotAccess(path, new Error(fault));
}

/**
 * Creates a folder with mode 0700, its parents included, or checks the existing one.
 * @throws RingwireError `COULD_NOT_ACCESS_STORAGE`
 */
export function makeOwnFolder(path: string): void {
  try {
    fs.mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw couldNotAccess(path, error);
  }
  requireOwnFolder(path);
}
