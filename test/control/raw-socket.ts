/** A client that sends any bytes and keeps what comes back. */
import { once } from 'node:events';
import net from 'node:net';
import { type ControlFrame, FrameDecoder } from '../../src/control/index.js';

export class RawSocket {
  readonly socket: net.Socket;
  readonly #decoder = new FrameDecoder();
  readonly frames: ControlFrame[] = [];
  /** The server has ended or reset the connection. */
  ended = false;
  #waiters: (() => void)[] = [];

  static async connect(path: string): Promise<RawSocket> {
    const socket = net.connect({ path, allowHalfOpen: true });
    await once(socket, 'connect');
    return new RawSocket(socket);
  }

  private constructor(socket: net.Socket) {
    this.socket = socket;
    socket.on('data', (chunk) => {
      this.#decoder.push(chunk);
      for (let frame = this.#decoder.next(); frame !== null; frame = this.#decoder.next()) {
        this.frames.push(frame);
      }
      this.#wake();
    });
    const onEnd = () => {
      this.ended = true;
      this.#wake();
    };
    socket.on('end', onEnd);
    socket.on('error', onEnd);
    socket.on('close', onEnd);
  }

  /** Resolves when the condition holds; it is looked at whenever something arrives. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#waiters.push(resolve));
  }

  send(hex: string): void {
    this.socket.write(Buffer.from(hex, 'hex'));
  }

  destroy(): void {
    this.socket.destroy();
  }

  #wake(): void {
    for (const waiter of this.#waiters.splice(0)) waiter();
  }
}
