/**
 * A listening TCP socket from which this process never accepts: it only keeps it open and hands its descriptor to
 * children, which accept from it together. Node's own servers accept as soon as they listen.
 */
import {
  errnoName,
  libc,
  SO_REUSEADDR,
  SO_REUSEPORT,
  SOCK_CLOEXEC,
  SOCK_STREAM,
  SOL_SOCKET,
} from '../libc.js';
import { RingwireError } from '../ringwire-error.js';
import { inetAddress } from './socket-address.js';

/** Connections that wait until a process accepts them; the kernel limits it to net.core.somaxconn. */
const BACKLOG = 4096;
const ONE = Buffer.from(Int32Array.of(1).buffer);

/** A socket that listens until it is closed here and in every child that has it. */
export class ListeningPort {
  readonly fd: number;

  /**
   * @param host an IP address
   * @param shared also opens where another socket of this user listens, if that is a `ListeningPort`
   * @throws RingwireError `ADDRESS_IN_USE`, `COULD_NOT_ACCESS_SOCKET`, `INVALID_ARGUMENT`
   */
  constructor(host: string, port: number, shared = false) {
    const { family, bytes } = inetAddress(host, port);
    const calls = libc();
    // Blocking, as programs expect of an inherited socket; Node changes it where it needs to.
    this.fd = calls.socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (this.fd < 0) throw refused(host, port, calls.errno());
    const enable = (option: number) => calls.setsockopt(this.fd, SOL_SOCKET, option, ONE, ONE.length);
    const bound =
      enable(SO_REUSEADDR) === 0 &&
      (!shared || enable(SO_REUSEPORT) === 0) &&
      calls.bind(this.fd, bytes, bytes.length) === 0 &&
      // After the bind, which thus fails where another program listens: a later manager may share the port.
      (shared || enable(SO_REUSEPORT) === 0) &&
      calls.listen(this.fd, BACKLOG) === 0;
    if (bound) return;
    const error = calls.errno();
    this.close();
    throw refused(host, port, error);
  }

  /** Closes the descriptor of this process. Called once. */
  close(): void {
    libc().close(this.fd);
  }
}

function refused(host: string, port: number, error: number): RingwireError {
  const reason = errnoName(error);
  const code = reason === 'EADDRINUSE' ? 'ADDRESS_IN_USE' : 'COULD_NOT_ACCESS_SOCKET';
  return new RingwireError(code, `cannot listen at ${host}:${port}: ${reason}`, { reason });
}
