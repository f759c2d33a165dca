/**
 * Binds a Unix datagram socket to a path. It never replaces a file that is in use or is not a socket.
 *
 * INV-BIND-01: only a socket without a reader is ever removed.
 * INV-BIND-02: the path never exists with wider permissions than requested or without the passing of credentials.
 * INV-BIND-03: at close the path is removed only if it still is the file of this socket.
 * INV-BIND-04: no state of the process changes. The socket is bound in a private folder and gets its mode there. Then
 * link(2), which never replaces a file, creates its final name.
 */
import fs from 'node:fs';
import path from 'node:path';
import { AF_UNIX, errnoName, SO_PASSCRED, SOL_SOCKET } from '../libc.js';
import { folderFault } from '../own-folder.js';
import { couldNotAccess, RingwireError, reasonOf, systemCode } from '../ringwire-error.js';
import { DatagramSocket } from './datagram-socket.js';
import { unixAddress } from './socket-address.js';

/** Error codes of link(2) on file systems without hard links. */
const NO_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'EMLINK']);

/** A Unix datagram socket with a path. */
export class BoundSocket {
  /** The absolute path. */
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
   * Binds a socket and replaces a stale socket at the path.
   * @param file path, resolved against the current folder of this call
   * @param mode permissions of the socket file, 0 to 0o777, for example 0o600; the umask does not apply
   * @throws RingwireError `ADDRESS_IN_USE` (the socket at this path has a reader), `COULD_NOT_ACCESS_SOCKET` (another
   * kind of file exists there, or other users may replace files in the folder), `INVALID_ARGUMENT`
   */
  static bind(file: string, mode: number): BoundSocket {
    const target = path.resolve(file);
    unixAddress(target);
    requireSafeFolder(target);
    const workshop = new Workshop(target);
    const socket = DatagramSocket.open(AF_UNIX);
    try {
      removeStaleSocket(target, workshop);
      const failed = socket.enable(SOL_SOCKET, SO_PASSCRED) || socket.bindTo(unixAddress(workshop.address));
      if (failed !== 0) throw cannotBind(target, errnoName(failed));
      fs.chmodSync(workshop.socket, mode);
      const stats = fs.lstatSync(workshop.socket, { bigint: true });
      publish(workshop.socket, target);
      return new BoundSocket(target, socket, stats);
    } catch (error) {
      socket.close();
      throw error instanceof RingwireError ? error : cannotBind(target, reasonOf(error));
    } finally {
      workshop.remove();
    }
  }

  /** Removes only the file: no further sender can connect. */
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

/** A folder of mode 0700 beside the target. Only this user can access its files. */
class Workshop {
  /** Path of the new socket in it. */
  readonly socket: string;
  /** Path of a stale socket in it. */
  readonly stale: string;
  /** Short path of the socket for bind(2): the path of the folder may exceed the length of an address. */
  readonly address: string;
  readonly #folder: string;
  readonly #fd: number;

  /** @throws RingwireError `COULD_NOT_ACCESS_SOCKET` */
  constructor(target: string) {
    try {
      this.#folder = fs.mkdtempSync(path.join(path.dirname(target), '.ringwire-'));
    } catch (error) {
      throw cannotBind(target, reasonOf(error));
    }
    this.socket = path.join(this.#folder, 'socket');
    this.stale = path.join(this.#folder, 'stale');
    try {
      // The umask may have removed permissions.
      fs.chmodSync(this.#folder, 0o700);
      this.#fd = fs.openSync(this.#folder, fs.constants.O_RDONLY | fs.constants.O_DIRECTORY);
    } catch (error) {
      fs.rmSync(this.#folder, { recursive: true, force: true });
      throw cannotBind(target, reasonOf(error));
    }
    this.address = `/proc/self/fd/${this.#fd}/socket`;
  }

  remove(): void {
    fs.closeSync(this.#fd);
    fs.rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Gives the socket its final name. A socket that another process has bound at the path remains. */
function publish(socket: string, target: string): void {
  try {
    fs.linkSync(socket, target);
  } catch (error) {
    const code = systemCode(error) ?? '';
    if (code === 'EEXIST') throw cannotBind(target, 'EADDRINUSE');
    if (!NO_LINKS.has(code)) throw cannotBind(target, reasonOf(error));
    if (fs.lstatSync(target, { throwIfNoEntry: false }) !== undefined) throw cannotBind(target, 'EADDRINUSE');
    fs.renameSync(socket, target);
  }
}

/** Refuses a folder in which another user could replace the socket. */
function requireSafeFolder(target: string): void {
  const folder = path.dirname(target);
  let fault: string | null;
  try {
    const link = fs.lstatSync(folder);
    const uid = process.geteuid?.();
    fault =
      link.isSymbolicLink() && link.uid !== uid && link.uid !== 0
        ? `it is a symbolic link of user ${link.uid}`
        : folderFault(fs.statSync(folder));
  } catch (error) {
    throw cannotBind(target, `the folder ${folder} cannot be used (${systemCode(error)})`);
  }
  if (fault !== null) throw cannotBind(target, `the folder ${folder} is not trusted: ${fault}`);
}

function removeStaleSocket(file: string, { stale }: Workshop): void {
  const found = fs.lstatSync(file, { bigint: true, throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isSocket()) {
    const kind = found.isSymbolicLink() ? 'a symbolic link' : found.isDirectory() ? 'a folder' : 'a file';
    throw cannotBind(file, `${kind} exists there and is kept: remove it, or choose another path`);
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
  // Move first, then compare: between a comparison and a removal another observer may bind the path.
  try {
    fs.renameSync(file, stale);
    const moved = fs.lstatSync(stale, { bigint: true });
    if (moved.ino !== found.ino || moved.dev !== found.dev) publish(stale, file);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return;
    throw error instanceof RingwireError ? error : couldNotAccess(file, error);
  }
}

/** Whether the socket has a reader. The probe connects without blocking and sends no data. */
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
