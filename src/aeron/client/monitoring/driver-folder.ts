/** The folder of a media driver: its default name, its files and its owner. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {
  couldNotAccess,
  openRegularFile,
  RingwireError,
  requireOwnFolder,
  setting,
} from '../../../platform/index.js';

/** Commands, responses, counters and errors. */
export const CNC_FILE = 'cnc.dat';
/** Losses of network streams. */
export const LOSS_REPORT_FILE = 'loss-report.dat';
/** The environment variable that replaces the default folder, for clients and drivers. */
export const DIRECTORY_VARIABLE = 'AERON_DIR';

/** The default folder of a driver: `AERON_DIR`, else `/dev/shm/aeron-<user>` on Linux and `aeron-<user>` in the temporary folder elsewhere. */
export function defaultDirectory(): string {
  const folder = process.platform === 'linux' ? '/dev/shm' : os.tmpdir();
  return setting(DIRECTORY_VARIABLE) ?? path.join(folder, `aeron-${os.userInfo().username}`);
}

/**
 * Opens cnc.dat; the caller closes the descriptor.
 *
 * INV-AERON-DIR-02: no file of a driver is opened in a folder whose contents another user could replace, and no cnc.dat
 * of another user is opened, unless the caller allows it. Root is trusted.
 * @throws RingwireError `STORAGE_NOT_FOUND`, `COULD_NOT_ACCESS_STORAGE`
 */
export function openCnc(
  directory: string,
  writable: boolean,
  allowForeign: boolean,
): { fd: number; stats: fs.Stats; file: string } {
  const file = path.join(directory, CNC_FILE);
  try {
    if (!allowForeign) requireOwnFolder(directory);
    const { fd, stats } = openRegularFile(file, writable);
    const uid = process.geteuid?.() ?? stats.uid;
    if (allowForeign || stats.uid === uid || stats.uid === 0) return { fd, stats, file };
    fs.closeSync(fd);
    throw couldNotAccess(file, new Error(`it belongs to user ${stats.uid}, not to user ${uid} or root`));
  } catch (error) {
    throw isMissing(error) ? noDriver(directory, error) : error;
  }
}

function isMissing(error: unknown): boolean {
  if (!(error instanceof RingwireError)) return false;
  return (
    error.code === 'STORAGE_NOT_FOUND' ||
    (error.cause as NodeJS.ErrnoException | undefined)?.code === 'ENOENT'
  );
}

function noDriver(directory: string, cause: unknown): RingwireError {
  return new RingwireError(
    'STORAGE_NOT_FOUND',
    `no media driver in ${directory}: ${CNC_FILE} does not exist; start a driver, or set the folder of a running one`,
    { path: directory, cause },
  );
}
