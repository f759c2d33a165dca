/** Where the socket lies: the same places, in the same order, in which the original command looks. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { ControlError } from './control-error.js';

export const SOCKET_NAME = 'manager.sock';

/** What fits `sun_path` beside its terminating zero, in bytes. */
const MAX_PATH_BYTES = process.platform === 'darwin' ? 103 : 107;

/** @throws ControlError `PATH_TOO_LONG`, with the path and the limit */
export function checkPathLength(socketPath: string): void {
  const length = Buffer.byteLength(socketPath);
  if (length <= MAX_PATH_BYTES) return;
  throw new ControlError(
    'PATH_TOO_LONG',
    `the socket path ${socketPath} has ${length} bytes, an address takes ${MAX_PATH_BYTES}: choose a shorter runtime directory`,
  );
}

/**
 * The runtime directory: `given`, else `CLIWRAP_RUNTIME_DIR`, else the hint that a manager left in the user's cache
 * folder, else `cliwrap` below the system's temporary folder.
 */
export function runtimeDirectory(given?: string, environment: NodeJS.ProcessEnv = process.env): string {
  const named = given || environment['CLIWRAP_RUNTIME_DIR'];
  if (named) return named;
  try {
    const hint = fs.readFileSync(hintPath(environment), 'utf8').trim();
    if (hint !== '') return hint;
  } catch {
    // No hint: nobody started a manager, or the cache folder is not ours.
  }
  return path.join(environment['TMPDIR'] || os.tmpdir(), 'cliwrap');
}

/** Leaves the hint for commands that are given no runtime directory: file 0600 in a folder 0700. */
export function writeHint(directory: string, environment: NodeJS.ProcessEnv = process.env): void {
  const file = hintPath(environment);
  fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  fs.writeFileSync(file, `${directory}\n`, { mode: 0o600 });
}

function hintPath(environment: NodeJS.ProcessEnv): string {
  const home = environment['HOME'] || os.homedir();
  const cache =
    process.platform === 'darwin'
      ? path.join(home, 'Library', 'Caches')
      : environment['XDG_CACHE_HOME'] || path.join(home, '.cache');
  return path.join(cache, 'cliwrap', 'runtime-dir');
}
