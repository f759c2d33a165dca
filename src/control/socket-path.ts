/** The path of the socket: the places where the original command looks, and before its hint the managers that run. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { folderFault, makeOwnFolder } from '../platform/index.js';
import { cacheFolder } from './cache-folder.js';
import { ControlError } from './control-error.js';
import { liveManagers } from './live-managers.js';

/** File name of the socket in a runtime directory. */
export const SOCKET_NAME = 'manager.sock';

/** Bytes of a path in `sun_path` without the terminating zero. */
const MAX_PATH_BYTES = process.platform === 'darwin' ? 103 : 107;

/** @throws ControlError `PATH_TOO_LONG`, with the path and the limit */
export function checkPathLength(socketPath: string): void {
  const length = Buffer.byteLength(socketPath);
  if (length <= MAX_PATH_BYTES) return;
  throw new ControlError(
    'PATH_TOO_LONG',
    `the socket path ${socketPath} has ${length} bytes, an address takes ${MAX_PATH_BYTES}: choose a shorter runtime directory`,
    { path: socketPath },
  );
}

/**
 * The runtime directory: `given`, else `CLIWRAP_RUNTIME_DIR`, else that of the only manager of this user that runs, else
 * the hint that a manager left in the user's cache folder, else `cliwrap` below the system's temporary folder. Empty
 * values count as unset.
 * @throws ControlError `SEVERAL_MANAGERS`, naming them, when more than one runs; `ACCESS_DENIED` when it is the last
 * one, and another user made it or may write to it
 */
export function runtimeDirectory(given?: string, environment: NodeJS.ProcessEnv = process.env): string {
  const named =
    given ||
    environment['CLIWRAP_RUNTIME_DIR'] ||
    onlyManager(environment) ||
    readHint(hintPath(environment));
  if (named) return named;
  const fallback = path.join(environment['TMPDIR'] || os.tmpdir(), 'cliwrap');
  const stats = fs.lstatSync(fallback, { throwIfNoEntry: false });
  const fault = stats === undefined ? null : folderFault(stats);
  if (fault === null) return fallback;
  throw new ControlError(
    'ACCESS_DENIED',
    `cannot trust ${fallback}: ${fault}; name the runtime directory (--runtime-dir)`,
    { path: fallback },
  );
}

/**
 * Leaves the hint for commands that are given no runtime directory: file 0600 in a folder 0700.
 * @param directory made absolute
 * @throws RingwireError `COULD_NOT_ACCESS_STORAGE`, or the error of the operating system
 */
export function writeHint(directory: string, environment: NodeJS.ProcessEnv = process.env): void {
  const file = hintPath(environment);
  makeOwnFolder(path.dirname(file));
  const temporary = `${file}.${process.pid}`;
  try {
    fs.writeFileSync(temporary, `${path.resolve(directory)}\n`, { mode: 0o600 });
    fs.renameSync(temporary, file);
  } catch (error) {
    fs.rmSync(temporary, { force: true });
    throw error;
  }
}

/** The folder of the only manager that runs; an empty text when none runs. @throws ControlError `SEVERAL_MANAGERS` */
function onlyManager(environment: NodeJS.ProcessEnv): string {
  const managers = liveManagers(environment);
  if (managers.length < 2) return managers[0]?.runtimeDir ?? '';
  const names = managers.map(({ runtimeDir, pid }) => `${runtimeDir} (pid ${pid})`).join(', ');
  throw new ControlError(
    'SEVERAL_MANAGERS',
    `${managers.length} managers run; name the runtime directory of one (--runtime-dir): ${names}`,
  );
}

/** The hint, or an empty text when there is none, or when another user could have written it. */
function readHint(file: string): string {
  try {
    const fault = folderFault(fs.lstatSync(path.dirname(file)));
    return fault === null ? fs.readFileSync(file, 'utf8').trim() : '';
  } catch {
    return '';
  }
}

function hintPath(environment: NodeJS.ProcessEnv): string {
  return path.join(cacheFolder(environment), 'cliwrap', 'runtime-dir');
}
