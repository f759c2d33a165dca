/** Frames as datagrams: of a Unix socket, or of UDP. */
import { DatagramSocket } from '../../platform/index.js';
import { FRAME_LENGTH, type FrameBuffer } from '../frame/frame-layout.js';
import { type NonceSource, sharedNonces } from '../secure/nonce-source.js';
import type { SecureSession } from '../secure/secure-session.js';
import type { BeatTransport } from './beat-transport.js';

/** A Unix datagram socket. @throws RingwireError `NO_OBSERVER`, `COULD_NOT_ACCESS_SOCKET`, `INVALID_ARGUMENT`, `NONCE_NOT_SHARED` */
export function unixTransport(path: string): BeatTransport {
  return new DatagramTransport(path, `unix:${path}`, () => DatagramSocket.connect(path), null);
}

/**
 * A UDP socket. Frames are sealed if a session is given: only a key attests the sender of a datagram.
 * @throws RingwireError like {@link unixTransport}
 */
export function udpTransport(host: string, port: number, session: SecureSession | null): BeatTransport {
  const target = `udp://${host.includes(':') ? `[${host}]` : host}:${port}`;
  return new DatagramTransport(target, target, () => DatagramSocket.connectInet(host, port), session);
}

class DatagramTransport implements BeatTransport {
  readonly target: string;
  readonly nonces: NonceSource;
  readonly #connect: () => DatagramSocket;
  readonly #session: SecureSession | null;
  #socket: DatagramSocket;

  constructor(
    target: string,
    nonceName: string,
    connect: () => DatagramSocket,
    session: SecureSession | null,
  ) {
    this.target = target;
    this.#connect = connect;
    this.#session = session;
    this.#socket = connect();
    try {
      this.nonces = sharedNonces(nonceName);
    } catch (error) {
      this.#socket.close();
      throw error;
    }
  }

  prepare(): number {
    return 0;
  }

  finish(frame: FrameBuffer): number {
    const session = this.#session;
    if (session === null) return this.#socket.send(frame.bytes, FRAME_LENGTH);
    const sealed = session.seal(frame.bytes);
    const failed = this.#socket.send(sealed, sealed.length);
    if (failed === 0) session.advance();
    return failed;
  }

  reopen(): void {
    const socket = this.#connect();
    this.#socket.close();
    this.#socket = socket;
  }

  close(): void {
    this.#socket.close();
  }
}
