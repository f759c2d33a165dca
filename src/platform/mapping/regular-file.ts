/** Opens channel files: only regular files, without following a symbolic link or waiting on a FIFO. */
import fs from 'node:fs';
import { couldNotAccess, RingwireError, systemCode } from '../ringwire-error.js';

const { O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_RDWR } = fs.constants;

/**
 * Opens an existing regular file; the caller closes the descriptor.
 * @throws RingwireError `STORAGE_NOT_FOUND` or `COULD_NOT_ACCESS_STORAGE`
 */
export function openRegularFile(path: string, writable: boolean): { fd: number; stats: fs.Stats } {
  let fd: number | undefined;
  try {
    refuseIrregular(path, fs.lstatSync(path));
    fd = fs.openSync(path, (writable ? O_RDWR : O_RDONLY) | O_NOFOLLOW | O_NONBLOCK);
    const stats = fs.fstatSync(fd);
    refuseIrregular(path, stats);
    return { fd, stats };
  } catch (error) {
    if (fd !== undefined) fs.closeSync(fd);
    if (error instanceof RingwireError) throw error;
    if (systemCode(error) === 'ENOENT') {
      throw storageNotFound(path, error);
    }
    throw couldNotAccess(path, error);
  }
}

/** The error for a file that does not exist. */
export function storageNotFound(path: string, cause?: unknown): RingwireError {
  const message = `no channel at ${path}: start its writer, or wait for it with waitFor()`;
  return new RingwireError('STORAGE_NOT_FOUND', message, { path, cause });
}

function refuseIrregular(path: string, stats: fs.Stats): void {
  if (stats.isFile()) return;
  const kind = stats.isDirectory()
    ? 'a folder'
    : stats.isSymbolicLink()
      ? 'a symbolic link'
      : stats.isFIFO()
        ? 'a FIFO'
        : 'not a regular file';
  throw couldNotAccess(path, new Error(`it is ${kind}; a channel must be a regular file`));
}
