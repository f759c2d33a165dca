/**
 * A datagram socket that never blocks. Node has no Unix datagram sockets. Results are numbers: 0 or the error number of
 * the kernel; or a length or the negative error number.
 */
import { storeTimeval } from '../kernel-time.js';
import {
  errnoName,
  F_SETFL,
  type Libc,
  libc,
  MSG_CMSG_CLOEXEC,
  MSG_DONTWAIT,
  MSG_NOSIGNAL,
  SO_RCVBUF,
  SO_RCVTIMEO,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
  SOL_SOCKET,
} from '../libc.js';
import { RingwireError } from '../ringwire-error.js';
import type { MessageHeader } from './message-header-layout.js';
import { inetAddress, type SocketAddress, unixAddress } from './socket-address.js';

/** A datagram socket of any family. */
export class DatagramSocket {
  #fd: number;
  readonly #libc: Libc = libc();

  private constructor(fd: number) {
    this.#fd = fd;
  }

  /** Opens a socket without an address. @throws RingwireError `COULD_NOT_ACCESS_SOCKET` */
  static open(family: number): DatagramSocket {
    const fd = libc().socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd >= 0) return new DatagramSocket(fd);
    const reason = errnoName(libc().errno());
    throw new RingwireError('COULD_NOT_ACCESS_SOCKET', `cannot open a socket: ${reason}`, { reason });
  }

  /**
   * Opens a socket whose datagrams are sent to the Unix socket at `path`. The socket itself has no name.
   * @throws RingwireError `NO_OBSERVER` (the path is not bound, or its reader has ended),
   * `COULD_NOT_ACCESS_SOCKET`, `INVALID_ARGUMENT`
   */
  static connect(path: string): DatagramSocket {
    return DatagramSocket.#connected(unixAddress(path), path);
  }

  /** Opens a UDP socket for one IP address and port. @throws like {@link connect} */
  static connectInet(host: string, port: number): DatagramSocket {
    return DatagramSocket.#connected(inetAddress(host, port), `${host}:${port}`);
  }

  static #connected(address: SocketAddress, name: string): DatagramSocket {
    const socket = DatagramSocket.open(address.family);
    const failed = socket.connectTo(address);
    if (failed === 0) return socket;
    socket.close();
    const reason = errnoName(failed);
    if (reason === 'ENOENT' || reason === 'ECONNREFUSED') {
      throw new RingwireError(
        'NO_OBSERVER',
        reason === 'ENOENT'
          ? `no socket at ${name}: start the observer first`
          : `the socket at ${name} has no reader because its observer has ended: start the observer again`,
        { path: name, reason },
      );
    }
    throw new RingwireError('COULD_NOT_ACCESS_SOCKET', `cannot connect to ${name}: ${reason}`, {
      path: name,
      reason,
    });
  }

  /** The descriptor; -1 after the close. */
  get fd(): number {
    return this.#fd;
  }

  /** @returns 0, or the error number */
  connectTo(address: SocketAddress): number {
    const { bytes } = address;
    return this.#libc.connect(this.#fd, bytes, bytes.length) === 0 ? 0 : this.#libc.errno();
  }

  /** @returns 0, or the error number */
  bindTo(address: SocketAddress): number {
    const { bytes } = address;
    return this.#libc.bind(this.#fd, bytes, bytes.length) === 0 ? 0 : this.#libc.errno();
  }

  /** Enables a boolean option. @returns 0, or the error number */
  enable(level: number, option: number): number {
    return this.#setOption(level, option, 1);
  }

  /** Requests a receive buffer, which the kernel limits. @returns 0, or the error number */
  setReceiveBuffer(bytes: number): number {
    return this.#setOption(SOL_SOCKET, SO_RCVBUF, bytes);
  }

  /** Actual receive buffer in bytes; 0 when unknown. */
  get receiveBuffer(): number {
    const value = Buffer.alloc(4);
    const length = Buffer.from([4, 0, 0, 0]);
    const failed = this.#libc.getsockopt(this.#fd, SOL_SOCKET, SO_RCVBUF, value, length) !== 0;
    return failed ? 0 : value.readInt32LE();
  }

  /** Sends the first `length` bytes as one datagram. @returns 0, or the error number */
  send(data: Uint8Array, length: number): number {
    return this.#libc.send(this.#fd, data, length, MSG_NOSIGNAL) >= 0 ? 0 : this.#libc.errno();
  }

  /** Receives the next datagram. @returns its length, at most the size of the buffer, or the negative error number */
  receive(message: MessageHeader): number {
    message.prepare();
    const received = this.#libc.recvmsg(this.#fd, message.header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (received < 0) return -this.#libc.errno();
    message.readControl();
    return received;
  }

  /**
   * Lets a receive call without `MSG_DONTWAIT` block, for at most `millis` milliseconds between two datagrams.
   * @returns 0, or the error number
   */
  blockFor(millis: number): number {
    const time = Buffer.alloc(16);
    storeTimeval(time, millis);
    if (this.#libc.fcntlNumber(this.#fd, F_SETFL, 0) !== 0) return this.#libc.errno();
    return this.#storeOption(SOL_SOCKET, SO_RCVTIMEO, time);
  }

  #setOption(level: number, option: number, value: number): number {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32LE(value);
    return this.#storeOption(level, option, bytes);
  }

  #storeOption(level: number, option: number, bytes: Buffer): number {
    return this.#libc.setsockopt(this.#fd, level, option, bytes, bytes.length) === 0 ? 0 : this.#libc.errno();
  }

  /** Closes the socket. A second call does nothing. */
  close(): void {
    const fd = this.#fd;
    this.#fd = -1;
    if (fd >= 0) this.#libc.close(fd);
  }
}
