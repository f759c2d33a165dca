/**
 * Reports when a pipe has something to read, without reading it.
 *
 * libuv asks for a buffer before it reads; a stream whose buffer is empty gets ENOBUFS instead, in each turn of the
 * event loop while the pipe has bytes. Node destroys the socket for that, so the listener replaces Node's own on the
 * handle; where a later Node has no such place, a new socket takes over each time.
 * Source: libuv `uv_alloc_cb` ("UV_ENOBUFS will be triggered"), Node `net.Socket` option `onread`.
 */
import fs from 'node:fs';
import net from 'node:net';

const NO_ROOM = Buffer.alloc(0);
const { O_RDONLY, O_NONBLOCK, O_NOFOLLOW } = fs.constants;

/** Watches one FIFO. */
export class PipeWatch {
  readonly #path: string;
  readonly #onReadable: () => void;
  readonly #reuse: boolean;
  #socket: net.Socket;
  #closed = false;

  /**
   * Calls `onReadable` once in each turn of the event loop while the FIFO at `path` has bytes.
   * @param reuse false: does not use the handle of the socket
   */
  constructor(path: string, onReadable: () => void, reuse = true) {
    this.#path = path;
    this.#onReadable = onReadable;
    this.#reuse = reuse;
    this.#socket = this.#watch();
  }

  close(): void {
    this.#closed = true;
    this.#socket.destroy();
  }

  #watch(): net.Socket {
    const options: net.SocketConstructorOpts & { onread: net.OnReadOpts } = {
      fd: fs.openSync(this.#path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW),
      readable: true,
      writable: false,
      onread: { buffer: NO_ROOM, callback: () => true },
    };
    const socket = new net.Socket(options);
    const { _handle: handle } = socket as unknown as { _handle?: { onread?: () => void } };
    if (this.#reuse && typeof handle?.onread === 'function') handle.onread = () => this.#readable();
    socket.on('error', () => this.#replace());
    socket.resume();
    return socket;
  }

  #replace(): void {
    if (this.#closed) return;
    this.#socket = this.#watch();
    this.#readable();
  }

  #readable(): void {
    if (!this.#closed) this.#onReadable();
  }
}
