/** Frames from one socket, for a client: read one, with a deadline, or all until the end. */
import net from 'node:net';
import { ControlError, messageOf, systemCode } from './control-error.js';
import { FrameDecoder } from './frame-decoder.js';
import type { Frame } from './frame-layout.js';

export interface WaitLimit {
  /** Milliseconds; 0 means no limit. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** Unread bytes at which reading stops until somebody asks for a frame. */
const HIGH_WATER = 1024 * 1024;

export class FrameStream {
  readonly #socket: net.Socket;
  readonly #decoder = new FrameDecoder();
  /** Arrived, and not yet looked at. */
  #chunks: Buffer[] = [];
  #unread = 0;
  #end: ControlError | 'clean' | null = null;
  #waiter: (() => void) | null = null;
  #ended = false;

  /** @throws ControlError `NO_SERVER`, `ACCESS_DENIED`, `TIMEOUT`, `ABORTED` */
  static dial(path: string, limit: WaitLimit): Promise<FrameStream> {
    return new Promise((resolve, reject) => {
      const socket = net.connect({ path });
      const limits = watchLimits(limit, `connecting to ${path}`, (error) => fail(error));
      const fail = (error: unknown) => {
        limits.clear();
        socket.destroy();
        reject(explain(error, path));
      };
      socket.once('error', fail);
      socket.once('connect', () => {
        limits.clear();
        socket.off('error', fail);
        resolve(new FrameStream(socket));
      });
    });
  }

  private constructor(socket: net.Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.#chunks.push(chunk);
      this.#unread += chunk.length;
      if (this.#unread > HIGH_WATER) socket.pause();
      this.#wake();
    });
    socket.on('end', () => {
      this.#ended = true;
      this.#wake();
    });
    socket.on('error', (error) => this.#stop(new ControlError('CLOSED', messageOf(error), { cause: error })));
    socket.on('close', () => {
      this.#ended = true;
      this.#wake();
    });
  }

  write(frame: Buffer): void {
    if (this.#end !== null) throw this.#end === 'clean' ? closed() : this.#end;
    this.#socket.write(frame);
  }

  /**
   * The next frame, or null at a clean end. One call at a time.
   * @throws ControlError `TIMEOUT`, `ABORTED`, `CLOSED`, and those of a bad frame; the connection is then of no use
   */
  async read(limit: WaitLimit = {}): Promise<Frame | null> {
    const now = this.#next();
    if (now !== undefined) return now;
    const limits = watchLimits(limit, 'waiting for an answer', (error) => this.#stop(error));
    try {
      for (;;) {
        await new Promise<void>((resolve) => {
          this.#waiter = resolve;
        });
        const frame = this.#next();
        if (frame !== undefined) return frame;
      }
    } finally {
      limits.clear();
    }
  }

  /** A frame that is there already, null at the end, undefined when it has to be waited for. */
  #next(): Frame | null | undefined {
    if (this.#end !== null && this.#end !== 'clean') throw this.#end;
    try {
      for (;;) {
        const frame = this.#decoder.next();
        if (frame !== null) return frame;
        const chunk = this.#chunks.shift();
        if (chunk === undefined) break;
        this.#unread -= chunk.length;
        this.#decoder.push(chunk);
      }
      if (this.#socket.isPaused()) this.#socket.resume();
      if (!this.#ended) return undefined;
      if (this.#end === null) this.#decoder.end();
      this.#end = 'clean';
      return null;
    } catch (error) {
      this.#stop(error as ControlError);
      throw error;
    }
  }

  close(): void {
    if (this.#end === null) this.#end = 'clean';
    this.#ended = true;
    this.#socket.destroy();
    this.#wake();
  }

  #stop(error: ControlError): void {
    if (this.#end !== null) return;
    this.#end = error;
    this.#socket.destroy();
    this.#wake();
  }

  #wake(): void {
    const waiter = this.#waiter;
    this.#waiter = null;
    waiter?.();
  }
}

export function closed(): ControlError {
  return new ControlError('CLOSED', 'the connection is closed: dial again');
}

function watchLimits(
  { timeoutMs = 0, signal }: WaitLimit,
  what: string,
  stop: (error: ControlError) => void,
): { clear(): void } {
  const onAbort = () => stop(new ControlError('ABORTED', `${what} was aborted`, { cause: signal?.reason }));
  const timer =
    timeoutMs > 0
      ? setTimeout(
          () => stop(new ControlError('TIMEOUT', `${what} took longer than ${timeoutMs} ms`)),
          timeoutMs,
        )
      : null;
  if (signal?.aborted) queueMicrotask(onAbort);
  else signal?.addEventListener('abort', onAbort, { once: true });
  return {
    clear() {
      if (timer !== null) clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    },
  };
}

function explain(error: unknown, path: string): unknown {
  const code = systemCode(error);
  if (code === 'ENOENT' || code === 'ECONNREFUSED') {
    const stale = code === 'ECONNREFUSED' ? ' (a socket is there, nobody listens)' : '';
    return new ControlError('NO_SERVER', `no manager is running at ${path}${stale}`, { cause: error });
  }
  if (code === 'EACCES' || code === 'EPERM') {
    const text = `no permission to connect to ${path}: the socket belongs to another user, or its folder is closed to us`;
    return new ControlError('ACCESS_DENIED', text, { cause: error });
  }
  if (error instanceof ControlError) return error;
  return new ControlError('CLOSED', `cannot connect to ${path}: ${messageOf(error)}`, { cause: error });
}
