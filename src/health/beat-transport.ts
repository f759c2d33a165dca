/** How a frame leaves the process: one small interface, so that an agent is the same over each of them. */
import os from 'node:os';
import { WriteResult, type Writer } from '../channel/index.js';
import { DatagramSocket } from '../memory/index.js';
import type { FrameBuffer } from './frame-layout.js';
import { FRAME_LENGTH } from './frame-layout.js';
import { channelNonces, type NonceSource, sharedNonces } from './nonce-source.js';
import type { SecureSession } from './secure-session.js';

const { EAGAIN, EBADF, EBUSY, EMSGSIZE, ENOSPC } = os.constants.errno;

export interface BeatTransport {
  /** Names the other end, for messages. */
  readonly target: string;
  readonly nonces: NonceSource;
  /** Never waits, never throws. @returns 0, or an error number */
  send(frame: FrameBuffer): number;
  /** Connects anew; what there was stays if this fails. @throws RingwireError */
  reopen(): void;
  close(): void;
}

/** Frames as datagrams of a Unix socket. */
export class SocketTransport implements BeatTransport {
  readonly target: string;
  readonly nonces: NonceSource;
  #socket: DatagramSocket;

  /** @throws RingwireError `NO_OBSERVER`, `COULD_NOT_ACCESS_SOCKET`, `INVALID_ARGUMENT`, `NONCE_NOT_SHARED` */
  constructor(path: string) {
    this.target = path;
    this.#socket = DatagramSocket.connect(path);
    try {
      this.nonces = sharedNonces(`unix:${path}`);
    } catch (error) {
      this.#socket.close();
      throw error;
    }
  }

  send(frame: FrameBuffer): number {
    return this.#socket.send(frame.bytes, FRAME_LENGTH);
  }

  reopen(): void {
    const socket = DatagramSocket.connect(this.target);
    this.#socket.close();
    this.#socket = socket;
  }

  close(): void {
    this.#socket.close();
  }
}

/** Frames as UDP datagrams, sealed when there is a session. Nothing but a key tells who sent them. */
export class UdpTransport implements BeatTransport {
  readonly target: string;
  readonly nonces: NonceSource;
  readonly #host: string;
  readonly #port: number;
  readonly #session: SecureSession | null;
  #socket: DatagramSocket;

  /** @throws RingwireError like {@link SocketTransport} */
  constructor(host: string, port: number, session: SecureSession | null) {
    this.target = `udp://${host.includes(':') ? `[${host}]` : host}:${port}`;
    this.#host = host;
    this.#port = port;
    this.#session = session;
    this.#socket = DatagramSocket.connectInet(host, port);
    try {
      this.nonces = sharedNonces(this.target);
    } catch (error) {
      this.#socket.close();
      throw error;
    }
  }

  send(frame: FrameBuffer): number {
    const session = this.#session;
    if (session === null) return this.#socket.send(frame.bytes, FRAME_LENGTH);
    const sealed = session.seal(frame.bytes);
    const failed = this.#socket.send(sealed, sealed.length);
    if (failed === 0) session.advance();
    return failed;
  }

  reopen(): void {
    const socket = DatagramSocket.connectInet(this.#host, this.#port);
    this.#socket.close();
    this.#socket = socket;
  }

  close(): void {
    this.#socket.close();
  }
}

/** Frames as records of a log or ring channel. */
export class ChannelTransport implements BeatTransport {
  readonly target: string;
  readonly nonces: NonceSource;
  readonly #writer: Writer;
  readonly #release: (() => void) | undefined;

  /** `release` lets go of a writer that was made for this transport; one of the application is left as it is. */
  constructor(writer: Writer, release?: () => void) {
    const { path = `channel ${writer.header.channelId}` } = writer as { readonly path?: string };
    this.target = path;
    this.nonces = channelNonces(path);
    this.#writer = writer;
    this.#release = release;
  }

  send(frame: FrameBuffer): number {
    try {
      const taken = this.#writer.tryWrite(frame.bytes);
      return taken > 0 ? 0 : errorNumber(taken);
    } catch {
      return EBUSY; // The application holds a claim on this writer.
    }
  }

  /** A channel has no connection to lose. */
  reopen(): void {}

  close(): void {
    this.#release?.();
  }
}

/** The error number that says the same as a refusal of a channel. */
function errorNumber(result: number): number {
  switch (result) {
    case WriteResult.BackPressured:
      return EAGAIN;
    case WriteResult.ChannelFull:
      return ENOSPC;
    case WriteResult.RecordTooLong:
      return EMSGSIZE;
    default:
      return EBADF;
  }
}
