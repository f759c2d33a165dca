/**
 * The life of the socket file.
 *
 * INV-CTL-03: a path is taken over only when it holds a socket at which no process answers.
 * INV-CTL-04: the socket has its final mode and owner before it has its name.
 * INV-CTL-05: at close the name is removed only while it still is our socket (device and inode).
 *
 * The server binds inside a temporary folder (0700) beside the path, and a hard link gives the socket its name. So no
 * umask is set, which belongs to the whole process. Of two managers that start at the same moment one gets the name.
 * libuv unlinks at close whatever lies at the name it bound, and finds nothing there.
 */
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { makeOwnFolder, RingwireError, reasonOf, systemCode } from '../../platform/index.js';
import { ControlError } from '../control-error.js';
import { checkPathLength } from '../socket-path.js';

/** Permissions of the socket file. */
export interface SocketOptions {
  /** Permission bits. Default 0o600. */
  readonly mode?: number;
  /** User id of the owner. Default: the user of this process. */
  readonly uid?: number;
  /** Group id. Default: the group of this process. */
  readonly gid?: number;
}

/** A socket file of this process. */
export interface ListeningSocket {
  /** Removes the name while it still is this socket. */
  unlink(): void;
}

const PROBE_MILLIS = 2_000;
const ATTEMPTS = 5;

/**
 * Makes `server` listen at `socketPath`. Creates the folder with mode 0700 when it is missing.
 * @param socketPath absolute
 * @throws ControlError `SERVER_RUNNING`, `NOT_A_SOCKET`, `PATH_TOO_LONG`; `ACCESS_DENIED` also when another user could
 * replace the socket
 */
export async function listenAt(
  server: net.Server,
  socketPath: string,
  options: SocketOptions,
): Promise<ListeningSocket> {
  const folder = path.dirname(socketPath);
  checkPathLength(socketPath);
  let own = '';
  try {
    makeOwnFolder(folder);
    await refuseOccupied(socketPath);
    own = fs.mkdtempSync(path.join(folder, '.s'));
    const temporary = path.join(own, 's');
    checkPathLength(temporary);
    await bind(server, temporary);
    fs.chmodSync(temporary, options.mode ?? 0o600);
    if (options.uid !== undefined || options.gid !== undefined) {
      fs.chownSync(
        temporary,
        options.uid ?? process.getuid?.() ?? -1,
        options.gid ?? process.getgid?.() ?? -1,
      );
    }
    const bound = fs.lstatSync(temporary);
    await giveName(temporary, socketPath);
    return { unlink: () => unlinkIfSame(socketPath, bound) };
  } catch (error) {
    if (server.listening) server.close();
    throw explain(error, socketPath);
  } finally {
    if (own !== '') fs.rmSync(own, { recursive: true, force: true });
  }
}

function bind(server: net.Server, at: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ path: at, backlog: 511 }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

async function giveName(temporary: string, socketPath: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      fs.linkSync(temporary, socketPath);
      return;
    } catch (error) {
      if (systemCode(error) !== 'EEXIST' || attempt === ATTEMPTS) throw error;
      const stale = await refuseOccupied(socketPath);
      if (stale !== null) removeStale(socketPath, stale, `${temporary}-`);
    }
  }
}

/**
 * Moves the stale socket aside and checks it before removing it: another manager may have put its own there since the
 * probe, and gets it back.
 */
function removeStale(socketPath: string, stale: fs.Stats, aside: string): void {
  try {
    fs.renameSync(socketPath, aside);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return;
    throw error;
  }
  const taken = fs.lstatSync(aside);
  if (taken.ino !== stale.ino || taken.dev !== stale.dev) fs.linkSync(aside, socketPath);
  fs.unlinkSync(aside);
}

/** @returns the stale socket at the path, or null when the path is free */
async function refuseOccupied(socketPath: string): Promise<fs.Stats | null> {
  let found: fs.Stats;
  try {
    found = fs.lstatSync(socketPath);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null;
    throw error;
  }
  if (!found.isSocket()) {
    throw new ControlError(
      'NOT_A_SOCKET',
      `${socketPath} exists and is not a socket: remove it, or choose another runtime directory`,
    );
  }
  const answer = await probe(socketPath);
  if (answer === 'ECONNREFUSED' || answer === 'ENOENT') return found;
  throw new ControlError(
    'SERVER_RUNNING',
    answer === null
      ? `a manager is already running at ${socketPath}: stop it, or choose another runtime directory`
      : `cannot find out whether a manager is running at ${socketPath} (${answer}); if none is, remove the socket`,
  );
}

/** @returns null when a process accepts, otherwise the error code */
function probe(socketPath: string): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = net.connect(socketPath);
    const finish = (answer: string | null) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(PROBE_MILLIS, () => finish('ETIMEDOUT'));
    socket.once('connect', () => finish(null));
    socket.once('error', (error) => finish(systemCode(error) ?? reasonOf(error)));
  });
}

function unlinkIfSame(socketPath: string, own: fs.Stats): void {
  try {
    const now = fs.lstatSync(socketPath);
    if (now.ino === own.ino && now.dev === own.dev) fs.unlinkSync(socketPath);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
  }
}

function explain(error: unknown, socketPath: string): unknown {
  if (error instanceof ControlError) return error;
  const code = systemCode(error);
  const foreign = error instanceof RingwireError && error.code === 'COULD_NOT_ACCESS_STORAGE';
  if (!foreign && code !== 'EACCES' && code !== 'EPERM') return error;
  return new ControlError(
    'ACCESS_DENIED',
    `cannot create ${socketPath}: check the mode and owner of its folder (${reasonOf(error)})`,
    { cause: error, path: socketPath },
  );
}
