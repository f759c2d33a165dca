/**
 * The life of the socket file.
 *
 * INV-CTL-03: a path is taken over only when it holds a socket at which nobody answers.
 * INV-CTL-04: the socket has its final mode and owner before it has its name.
 * INV-CTL-05: at close the name is removed only while it still is our socket (device and inode).
 *
 * The server binds under a temporary name beside the path, and a hard link gives it its name: of two managers that
 * start at the same moment one gets it, and libuv, which unlinks at close whatever lies at the name it bound, finds
 * only the temporary one.
 */
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { ControlError, messageOf, systemCode } from '../control-error.js';
import { checkPathLength } from '../socket-path.js';

export interface SocketOptions {
  /** Permissions of the socket, default 0o600. */
  readonly mode?: number;
  /** Owner and group of the socket; by default those of this process. */
  readonly uid?: number;
  readonly gid?: number;
}

export interface ListeningSocket {
  /** Takes the name away, if it is still ours. */
  unlink(): void;
}

const PROBE_MILLIS = 2_000;
const ATTEMPTS = 5;

/**
 * Makes `server` listen at `socketPath`. The folder is made with mode 0700 when it is missing.
 * @throws ControlError `SERVER_RUNNING`, `NOT_A_SOCKET`, `PATH_TOO_LONG`, `ACCESS_DENIED`
 */
export async function listenAt(
  server: net.Server,
  socketPath: string,
  options: SocketOptions,
): Promise<ListeningSocket> {
  const temporary = path.join(path.dirname(socketPath), `.${process.pid.toString(36)}~${nextNumber++}`);
  checkPathLength(socketPath);
  checkPathLength(temporary);
  try {
    fs.mkdirSync(path.dirname(socketPath), { recursive: true, mode: 0o700 });
    await refuseOccupied(socketPath);
    await bind(server, temporary);
    fs.chmodSync(temporary, options.mode ?? 0o600);
    if (options.uid !== undefined || options.gid !== undefined) {
      fs.chownSync(
        temporary,
        options.uid ?? process.getuid?.() ?? -1,
        options.gid ?? process.getgid?.() ?? -1,
      );
    }
    const own = fs.lstatSync(temporary);
    await giveName(temporary, socketPath);
    return { unlink: () => unlinkIfSame(socketPath, own) };
  } catch (error) {
    if (server.listening) server.close();
    throw explain(error, socketPath);
  } finally {
    fs.rmSync(temporary, { force: true });
  }
}

/** True when the folder can be written by others than its owner: they could replace the socket. */
export function isSharedFolder(socketPath: string): boolean {
  const { mode } = fs.statSync(path.dirname(socketPath));
  return (mode & 0o022) !== 0 && (mode & 0o1000) === 0;
}

let nextNumber = 0;

function bind(server: net.Server, at: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    // listen() binds in this turn, so the mask covers the birth of the socket and nothing else.
    const mask = setMask(0o177);
    try {
      server.listen({ path: at, backlog: 511 }, () => {
        server.off('error', reject);
        resolve();
      });
    } finally {
      if (mask !== null) process.umask(mask);
    }
  });
}

/** The mask belongs to the process; worker threads may not set it, and get the mode with chmod before the name. */
function setMask(mask: number): number | null {
  try {
    return process.umask(mask);
  } catch {
    return null;
  }
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
 * Takes the stale socket aside and looks at it before it goes: another manager may have put its own there since the
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

/** @returns what a stale socket at the path is, or null when there is nothing */
async function refuseOccupied(socketPath: string): Promise<fs.Stats | null> {
  let found: fs.Stats;
  try {
    found = fs.lstatSync(socketPath);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null;
    throw error;
  }
  if (!found.isSocket()) {
    throw new ControlError('NOT_A_SOCKET', `${socketPath} exists and is no socket: it was left alone`);
  }
  const answer = await probe(socketPath);
  if (answer === 'ECONNREFUSED' || answer === 'ENOENT') return found;
  throw new ControlError(
    'SERVER_RUNNING',
    answer === null
      ? `a manager is already running at ${socketPath}`
      : `cannot tell whether a manager is running at ${socketPath} (${answer}): it was left alone`,
  );
}

/** null when somebody accepts, otherwise the error code. */
function probe(socketPath: string): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = net.connect(socketPath);
    const finish = (answer: string | null) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(PROBE_MILLIS, () => finish('ETIMEDOUT'));
    socket.once('connect', () => finish(null));
    socket.once('error', (error) => finish(systemCode(error) ?? messageOf(error)));
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
  const code = systemCode(error);
  if (error instanceof ControlError || (code !== 'EACCES' && code !== 'EPERM')) return error;
  return new ControlError(
    'ACCESS_DENIED',
    `no permission to make ${socketPath}: check the mode and owner of its folder (${messageOf(error)})`,
    { cause: error },
  );
}
