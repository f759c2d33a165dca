/**
 * Binding a Unix datagram socket to a path, with care for what lies there.
 *
 * INV-BIND-01: nothing but a socket that nobody reads is ever removed.
 * INV-BIND-02: the path never exists with wider permissions than asked for, nor without credentials being passed.
 * INV-BIND-03: at close the path is removed only if it still is the file that was made here.
 */
import fs from 'node:fs';
import path from 'node:path';
import { AF_UNIX, errnoName, libc, SO_PASSCRED, SOL_SOCKET } from '../libc.js';
import { couldNotAccess, RingwireError, systemCode } from '../ringwire-error.js';
import { DatagramSocket } from './datagram-socket.js';
import { unixAddress } from './socket-address.js';

export class BoundSocket {
  readonly path: string;
  readonly socket: DatagramSocket;
  readonly #device: bigint;
  readonly #inode: bigint;

  private constructor(path: string, socket: DatagramSocket, stats: fs.BigIntStats) {
    this.path = path;
    this.socket = socket;
    this.#device = stats.dev;
    this.#inode = stats.ino;
  }

  /**
   * @param mode permissions of the socket file, for example 0o600
   * @throws RingwireError `ADDRESS_IN_USE` (somebody reads the socket at this path), `COULD_NOT_ACCESS_SOCKET`
   * (something else lies there, or the folder is not safe), `INVALID_ARGUMENT`
   */
  static bind(file: string, mode: number): BoundSocket {
    const address = unixAddress(file);
    checkFolder(file);
    removeStaleSocket(file);
    const socket = DatagramSocket.open(AF_UNIX);
    try {
      const failed = socket.enable(SOL_SOCKET, SO_PASSCRED) || bindWithMode(socket, address, mode);
      if (failed !== 0) throw cannotBind(file, errnoName(failed));
      return new BoundSocket(file, socket, fs.lstatSync(file, { bigint: true }));
    } catch (error) {
      socket.close();
      throw error;
    }
  }

  /** Removes the file alone, so that nobody finds the way any more. */
  removePath(): void {
    const stats = fs.lstatSync(this.path, { bigint: true, throwIfNoEntry: false });
    if (stats?.ino === this.#inode && stats.dev === this.#device) fs.rmSync(this.path, { force: true });
  }

  /** Closes the socket and removes its file. A second call does nothing. */
  close(): void {
    if (this.socket.fd < 0) return;
    this.removePath();
    this.socket.close();
  }
}

function bindWithMode(socket: DatagramSocket, address: ReturnType<typeof unixAddress>, mode: number): number {
  const before = libc().umask(~mode & 0o777);
  try {
    return socket.bindTo(address);
  } finally {
    libc().umask(before);
  }
}

/** Whoever may write the folder may put another socket in place of ours. */
function checkFolder(file: string): void {
  const folder = path.dirname(path.resolve(file));
  let mode: number;
  try {
    ({ mode } = fs.statSync(folder));
  } catch (error) {
    throw cannotBind(file, `the folder ${folder} cannot be used (${systemCode(error)})`);
  }
  if ((mode & 0o022) !== 0 && (mode & 0o1000) === 0) {
    throw cannotBind(
      file,
      `others may write the folder ${folder}: chmod go-w it, or use a folder of your own`,
    );
  }
}

function removeStaleSocket(file: string): void {
  const found = fs.lstatSync(file, { bigint: true, throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isSocket()) {
    const kind = found.isSymbolicLink() ? 'a symbolic link' : found.isDirectory() ? 'a folder' : 'a file';
    throw cannotBind(file, `${kind} lies there and is left alone: remove it, or choose another path`);
  }
  const answer = probe(file);
  if (answer === 'ENOENT') return;
  if (answer === 'EACCES' || answer === 'EPERM') {
    throw cannotBind(file, `cannot probe socket at ${file}: ${answer}; nothing was removed`);
  }
  if (answer !== 'ECONNREFUSED') {
    throw new RingwireError('ADDRESS_IN_USE', `another observer is already running at ${file}`, {
      path: file,
      reason: answer,
    });
  }
  const now = fs.lstatSync(file, { bigint: true, throwIfNoEntry: false });
  if (now?.ino !== found.ino || now.dev !== found.dev) return;
  try {
    fs.unlinkSync(file);
  } catch (error) {
    throw couldNotAccess(file, error);
  }
}

/** Whether somebody reads the socket: connecting never waits and sends nothing. */
function probe(file: string): string {
  const socket = DatagramSocket.open(AF_UNIX);
  const answer = socket.connectTo(unixAddress(file));
  socket.close();
  return answer === 0 ? 'alive' : errnoName(answer);
}

function cannotBind(file: string, reason: string): RingwireError {
  if (reason === 'EADDRINUSE') {
    return new RingwireError('ADDRESS_IN_USE', `another observer has just bound ${file}`, {
      path: file,
      reason,
    });
  }
  return new RingwireError('COULD_NOT_ACCESS_SOCKET', `cannot bind ${file}: ${reason}`, {
    path: file,
    reason,
  });
}
