/** The control sockets of managers that run on this machine, for commands that work with and without one. */
import fs from 'node:fs';
import path from 'node:path';
import { liveManagers, runtimeDirectory, SOCKET_NAME } from '../control/index.js';

/**
 * The socket in `runtimeDir`, whether it exists by now or not. Without a folder: the socket of the default manager, or
 * null when it does not exist or its folder cannot be trusted.
 */
export function controlSocket(runtimeDir?: string): string | null {
  if (runtimeDir !== undefined) return path.join(path.resolve(runtimeDir), SOCKET_NAME);
  try {
    const socket = path.join(runtimeDirectory(), SOCKET_NAME);
    return fs.existsSync(socket) ? socket : null;
  } catch {
    return null;
  }
}

/** The socket in `runtimeDir`; without a folder those of all managers of this user that run. */
export function controlSockets(runtimeDir?: string): string[] {
  const live = runtimeDir === undefined ? liveManagers() : [];
  const other = controlSocket(runtimeDir);
  const sockets = live.map((manager) => path.join(manager.runtimeDir, SOCKET_NAME));
  return [...new Set(other === null ? sockets : [...sockets, other])];
}
