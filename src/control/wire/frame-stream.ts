/** Frames of one client socket: reads one with a deadline, or all until the end. */
import net from 'node:net';
import { afterMs, onAbort, reasonOf, systemCode } from '../../platform/index.js';
import { ControlError } from '../control-error.js';
import { BufferPool } from './buffer-pool.js';
import { FrameDecoder } from './frame-decoder.js';
import type { ControlFrame } from './frame-layout.js';

/** How long a call waits. */
export interface WaitLimit {
  /** Milliseconds; 0 means no limit. Default: that of the client, {@link ClientOptions.timeoutMs}; for a stream no limit. */
  readonly timeoutMs?: number;
  /** Ends the wait with `ABORTED`. Default: none. */
  readonly signal?: AbortSignal;
}

/** How a stream waits, and who owns its frames. */
export interface StreamOptions extends WaitLimit {
  /**
   * Whether the memory of a frame is used again as soon as the next one is asked for, which makes a fast stream faster.
   * Default false: the caller may keep frames.
   */
  readonly reuseMemory?: boolean;
}

/** How long dialing waits, and which connection it accepts. */
export interface DialOptions extends StreamOptions {
  /** Called when connected, before a byte is sent; throws to refuse the peer. */
  readonly check?: (socket: net.Socket) => void;
}

/** Bytes of unread frames at which reading pauses until the caller takes one. */
const HIGH_WATER = 1024 * 1024;
/** Estimated memory of a frame without its body, in bytes. */
const FRAME_COST = 256;
/** A body up to this length gets its memory at once. */
const FIRST_ALLOCATION = 1024 * 1024;
/** The buffer of each read, shared by all streams because frames are copied out immediately. */
const shared = Buffer.allocUnsafeSlow(256 * 1024);

/** The frames of one client connection. */
export class FrameStream {
  readonly #socket: net.Socket;
  readonly #decoder: FrameDecoder;
  /** The memory of frames that is used again, and the frame that the caller has; null without {@link StreamOptions.reuseMemory}. */
  readonly #pool: BufferPool | null;
  #lent: ControlFrame | null = null;
  /** Received and not yet taken; they are delivered before {@link #end}. */
  readonly #frames: ControlFrame[] = [];
  #unread = 0;
  #end: ControlError | 'clean' | null = null;
  #waiter: (() => void) | null = null;

  /** Connects. @throws ControlError `NO_SERVER`, `ACCESS_DENIED`, `TIMEOUT`, `ABORTED`, and what {@link DialOptions.check} throws */
  static dial(path: string, limit: DialOptions): Promise<FrameStream> {
    return new Promise((resolve, reject) => {
      let stream: FrameStream | null = null;
      const callback = (length: number) => stream === null || stream.#take(shared.subarray(0, length));
      const socket = net.connect({ path, onread: { buffer: shared, callback } });
      const limits = watchLimits(limit, `connecting to ${path}`, (error) => fail(error));
      const fail = (error: unknown) => {
        limits.clear();
        socket.destroy();
        reject(explain(error, path));
      };
      socket.once('error', fail);
      socket.once('connect', () => {
        try {
          limit.check?.(socket);
        } catch (error) {
          return fail(error);
        }
        limits.clear();
        socket.off('error', fail);
        stream = new FrameStream(socket, limit.reuseMemory ? new BufferPool() : null);
        resolve(stream);
      });
    });
  }

  private constructor(socket: net.Socket, pool: BufferPool | null) {
    this.#socket = socket;
    this.#pool = pool;
    const bodies = pool === null ? undefined : { take: (size: number) => pool.take(size), give: () => {} };
    this.#decoder = new FrameDecoder(undefined, bodies, FIRST_ALLOCATION);
    socket.on('end', () => this.#finish());
    socket.on('error', (error) => this.#stop(new ControlError('CLOSED', reasonOf(error), { cause: error })));
    socket.on('close', () => this.#finish());
    // Without a listener for data, the stream must flow to report its end.
    socket.resume();
  }

  /** Sends a frame. @throws ControlError `CLOSED`, or why the connection ended */
  write(frame: Buffer): void {
    if (this.#end !== null) throw this.#end === 'clean' ? closed() : this.#end;
    this.#socket.write(frame);
  }

  /**
   * The next frame, or null at a clean end. One call at a time.
   * @throws ControlError `TIMEOUT`, `ABORTED`, `CLOSED`, and those of a bad frame; the connection is unusable afterwards
   */
  async read(limit: WaitLimit = {}): Promise<ControlFrame | null> {
    this.#takeBack();
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

  /** The body of a frame has memory of its own: the pool gets all of it. */
  #takeBack(): void {
    const { buffer = null } = this.#lent?.body ?? {};
    this.#lent = null;
    if (buffer !== null && buffer.byteLength > 0) this.#pool?.give(Buffer.from(buffer));
  }

  /** A received frame, null at the end, undefined when the caller must wait. */
  #next(): ControlFrame | null | undefined {
    const frame = this.#frames.shift();
    if (frame !== undefined) {
      if (this.#pool !== null) this.#lent = frame;
      this.#unread -= frame.body.length + FRAME_COST;
      if (this.#unread < HIGH_WATER && this.#socket.isPaused()) this.#socket.resume();
      return frame;
    }
    if (this.#end === null) return undefined;
    if (this.#end !== 'clean') throw this.#end;
    return null;
  }

  /** @returns false when reading must pause */
  #take(bytes: Buffer): boolean {
    try {
      for (let at = 0; at < bytes.length && this.#end === null; ) {
        at += this.#decoder.feed(bytes.subarray(at));
        const frame = this.#decoder.next();
        if (frame === null) continue;
        this.#frames.push(frame);
        this.#unread += frame.body.length + FRAME_COST;
      }
    } catch (error) {
      this.#stop(error as ControlError);
    }
    if (this.#unread >= HIGH_WATER) this.#socket.pause();
    this.#wake();
    return this.#unread < HIGH_WATER;
  }

  /** The peer has closed: cleanly, or in the middle of a frame. */
  #finish(): void {
    if (this.#end !== null) return;
    try {
      this.#decoder.end();
      this.#end = 'clean';
    } catch (error) {
      this.#stop(error as ControlError);
    }
    this.#wake();
  }

  /** Closes the connection and drops unread frames. */
  close(): void {
    if (this.#end === null) this.#end = 'clean';
    this.#frames.length = 0;
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

/** The error for a connection that this side has closed. */
export function closed(): ControlError {
  return new ControlError('CLOSED', 'the connection is closed: dial again');
}

function watchLimits(
  { timeoutMs = 0, signal }: WaitLimit,
  what: string,
  stop: (error: ControlError) => void,
): { clear(): void } {
  const abort = () => stop(new ControlError('ABORTED', `${what} was aborted`, { cause: signal?.reason }));
  const timer =
    timeoutMs > 0
      ? afterMs(timeoutMs, () =>
          stop(new ControlError('TIMEOUT', `${what} took longer than ${timeoutMs} ms`)),
        )
      : null;
  let stopListening = () => {};
  if (signal?.aborted) queueMicrotask(abort);
  else stopListening = onAbort(signal, abort);
  return {
    clear() {
      timer?.stop();
      stopListening();
    },
  };
}

function explain(error: unknown, path: string): unknown {
  const code = systemCode(error);
  if (code === 'ENOENT' || code === 'ECONNREFUSED') {
    const stale = code === 'ECONNREFUSED' ? ' (the socket exists, but no process listens)' : '';
    return new ControlError('NO_SERVER', `no manager is running at ${path}${stale}`, { cause: error });
  }
  if (code === 'EACCES' || code === 'EPERM') {
    const text = `no permission to connect to ${path}: the socket or its folder belongs to another user`;
    return new ControlError('ACCESS_DENIED', text, { cause: error });
  }
  if (error instanceof ControlError) return error;
  return new ControlError('CLOSED', `cannot connect to ${path}: ${reasonOf(error)}`, { cause: error });
}
