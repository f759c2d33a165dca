/** How a frame leaves the process: one small interface, so that an agent is the same over each of them. */
import os from 'node:os';
import { WriteResult, type Writer } from '../channel/index.js';
import { DatagramSocket } from '../memory/index.js';
import { FRAME_LENGTH, type FrameBuffer, type WireVersion } from './frame-layout.js';
import { channelNonces, type NonceSource, sharedNonces } from './nonce-source.js';
import type { SecureSession } from './secure-session.js';

const { EAGAIN, EBADF, EBUSY, EMSGSIZE, ENOSPC } = os.constants.errno;

export interface BeatTransport {
  /** Names the other end, for messages. */
  readonly target: string;
  readonly nonces: NonceSource;
  /**
   * Sends a frame of these fields with the next nonce, see {@link FrameBuffer.encode}. Never waits, never throws.
   * @returns 0; or an error number, and then `frame` holds what was not sent
   */
  beat(
    frame: FrameBuffer,
    version: WireVersion,
    status: number,
    pid: number,
    high: number,
    low: number,
  ): number;
  /** Sends what `frame` holds. Never waits, never throws. @returns 0, or an error number */
  send(frame: FrameBuffer): number;
  /** Connects anew; what there was stays if this fails. @throws RingwireError */
  reopen(): void;
  close(): void;
}

/** Frames that are made here and handed over. */
abstract class DatagramTransport implements BeatTransport {
  abstract readonly target: string;
  abstract readonly nonces: NonceSource;
  abstract send(frame: FrameBuffer): number;
  abstract reopen(): void;
  abstract close(): void;

  beat(
    frame: FrameBuffer,
    version: WireVersion,
    status: number,
    pid: number,
    high: number,
    low: number,
  ): number {
    const { nonces } = this;
    nonces.take(version);
    frame.encode(frame.words, 0, version, status, pid, nonces.high, nonces.low, high, low);
    return this.send(frame);
  }
}

/** Frames as datagrams of a Unix socket. */
export class SocketTransport extends DatagramTransport {
  readonly target: string;
  readonly nonces: NonceSource;
  #socket: DatagramSocket;

  /** @throws RingwireError `NO_OBSERVER`, `COULD_NOT_ACCESS_SOCKET`, `INVALID_ARGUMENT`, `NONCE_NOT_SHARED` */
  constructor(path: string) {
    super();
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
export class UdpTransport extends DatagramTransport {
  readonly target: string;
  readonly nonces: NonceSource;
  readonly #host: string;
  readonly #port: number;
  readonly #session: SecureSession | null;
  #socket: DatagramSocket;

  /** @throws RingwireError like {@link SocketTransport} */
  constructor(host: string, port: number, session: SecureSession | null) {
    super();
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
  /** The writer's memory, and the same in words. */
  #buffer: Buffer;
  #words: Int32Array;
  readonly #release: (() => void) | undefined;

  /** `release` lets go of a writer that was made for this transport; one of the application is left as it is. */
  constructor(writer: Writer, release?: () => void) {
    const { path = `channel ${writer.header.channelId}` } = writer as { readonly path?: string };
    this.target = path;
    this.nonces = channelNonces(path);
    this.#writer = writer;
    this.#buffer = writer.buffer;
    this.#words = wordsOf(this.#buffer);
    this.#release = release;
  }

  /** Frames are made where readers find them: a copy would cost a third more. */
  beat(
    frame: FrameBuffer,
    version: WireVersion,
    status: number,
    pid: number,
    high: number,
    low: number,
  ): number {
    const { nonces } = this;
    const writer = this.#writer;
    nonces.take(version);
    let at = 0;
    try {
      at = writer.tryClaim(FRAME_LENGTH);
    } catch {
      // The application holds a claim on this writer.
    }
    if (at <= 0) {
      frame.encode(frame.words, 0, version, status, pid, nonces.high, nonces.low, high, low);
      return at === 0 ? EBUSY : errorNumber(at);
    }
    // A writer may go on in other memory.
    if (writer.buffer !== this.#buffer) {
      this.#buffer = writer.buffer;
      this.#words = wordsOf(this.#buffer);
    }
    frame.encode(this.#words, at / 4, version, status, pid, nonces.high, nonces.low, high, low);
    writer.commit();
    return 0;
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

function wordsOf({ buffer, byteOffset, length }: Buffer): Int32Array {
  return new Int32Array(buffer, byteOffset, length >> 2);
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
