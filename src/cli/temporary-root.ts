/** A root folder for channels that live as long as a command. */
import { statfsSync } from 'node:fs';
import os from 'node:os';
import tmp from 'tmp';
import { requireLibc } from '../platform/index.js';

const MEMORY_FOLDER = '/dev/shm';

/** A folder that its owner removes. */
export interface TemporaryRoot {
  readonly path: string;
  remove(): void;
}

/**
 * Creates a root in memory if such a folder exists and has space for `length` bytes, else in the folder for temporary files.
 * @throws RingwireError `UNSUPPORTED_PLATFORM` or `NATIVE_MODULE_MISSING` where no process could open a channel in it
 */
export function temporaryRoot(prefix: string, length: number): TemporaryRoot {
  requireLibc();
  const folder = tmp.dirSync({ prefix, tmpdir: folderWithRoom(length), unsafeCleanup: true, mode: 0o700 });
  return { path: folder.name, remove: () => folder.removeCallback() };
}

function folderWithRoom(length: number): string {
  try {
    const { bavail, bsize } = statfsSync(MEMORY_FOLDER);
    if (bavail * bsize > length) return MEMORY_FOLDER;
  } catch {
    // No such folder on this system.
  }
  return os.tmpdir();
}
