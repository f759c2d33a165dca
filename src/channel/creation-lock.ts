/**
 * The lock file of a channel that is being created: readers of every generation that see it answer "not ready".
 * The creator also holds a kernel lock on it, so a leftover of a dead creator can be told from a live one; the text
 * in it names the creator, for people. The original writes it empty and unlocked.
 */
import fs from 'node:fs';
import path from 'node:path';
import {
  couldNotAccess,
  isLocked,
  openRegularFile,
  ownIdentity,
  parseIdentity,
  RingwireError,
  systemCode,
  tryLock,
} from '../memory/index.js';
import { type ChannelPaths, channelPaths } from './channel-path.js';

export interface CreationLock {
  release(): void;
}

/** @throws RingwireError `STORAGE_NOT_READY` when the lock exists, whoever left it */
export function takeCreationLock(paths: ChannelPaths): CreationLock {
  let fd: number;
  try {
    fd = fs.openSync(paths.lock, 'wx', 0o600);
  } catch (error) {
    if (systemCode(error) === 'EEXIST') throw storageNotReady(paths);
    throw couldNotAccess(paths.lock, error);
  }
  try {
    tryLock(fd, paths.lock);
    fs.writeSync(fd, JSON.stringify(ownIdentity()));
  } catch (error) {
    fs.unlinkSync(paths.lock);
    fs.closeSync(fd);
    throw couldNotAccess(paths.lock, error);
  }
  return {
    release() {
      fs.unlinkSync(paths.lock);
      fs.closeSync(fd);
    },
  };
}

/** The error for a channel whose lock file exists; it names the owner where the lock does. */
export function storageNotReady(paths: ChannelPaths): RingwireError {
  let owner: string;
  try {
    const identity = parseIdentity(fs.readFileSync(paths.lock, 'utf8'));
    owner = identity === null ? 'an unnamed process' : `process ${identity.pid}`;
  } catch {
    owner = 'another process';
  }
  return new RingwireError(
    'STORAGE_NOT_READY',
    `${paths.file} is being created by ${owner}: try again, or remove ${paths.lock} with removeStaleLock() if that process died`,
    { path: paths.lock },
  );
}

/**
 * Removes the lock, and the half-made files, of a creator that died. A lock whose creator lives is never removed.
 * A lock of the original program says nothing about its creator: it is removed only with `force`.
 * @returns whether there was a lock to remove
 * @throws RingwireError `STORAGE_NOT_READY` when the creator lives or, without `force`, may live
 */
export function removeStaleLock(
  root: string,
  channelId: bigint | number,
  options: { readonly force?: boolean } = {},
): boolean {
  const paths = channelPaths(root, channelId);
  let fd: number;
  try {
    fd = openRegularFile(paths.lock, true).fd;
  } catch (error) {
    if (error instanceof RingwireError && error.code === 'STORAGE_NOT_FOUND') return false;
    throw error;
  }
  try {
    const ours = parseIdentity(fs.readFileSync(fd, 'utf8')) !== null;
    if (isLocked(fd) !== false || !(ours || options.force)) throw storageNotReady(paths);
    // Taking the lock keeps other removers out, so the name below still means the file that was examined.
    if (!tryLock(fd, paths.lock)) throw storageNotReady(paths);
    if (fs.statSync(paths.lock, { throwIfNoEntry: false })?.ino !== fs.fstatSync(fd).ino) return false;
    for (const leftover of temporaryFiles(paths)) fs.rmSync(leftover, { force: true });
    fs.unlinkSync(paths.lock);
    return true;
  } finally {
    fs.closeSync(fd);
  }
}

/** The name a channel is built under; a creator makes at most one, and it holds the creation lock. */
export function temporaryPath(paths: ChannelPaths): string {
  return `${paths.file}.${process.pid}.tmp`;
}

function temporaryFiles(paths: ChannelPaths): string[] {
  const prefix = `${path.basename(paths.file)}.`;
  return fs
    .readdirSync(paths.folder)
    .filter((name) => name.startsWith(prefix) && name.endsWith('.tmp'))
    .map((name) => path.join(paths.folder, name));
}
