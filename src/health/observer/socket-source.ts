/** Beats from the Unix socket. Waits until the socket is readable, receives all datagrams and waits again. */
import os from 'node:os';
import { BoundSocket, errnoName, MessageHeader, Readiness } from '../../platform/index.js';
import { FRAME_LENGTH } from '../frame/frame-layout.js';
import type { FrameIntake } from './frame-intake.js';

const { EAGAIN, EINTR } = os.constants.errno;
/** Most datagrams received between two turns of the event loop, so that timers run. */
const DRAIN_LIMIT = 256;
/**
 * The kernel queues 11 datagrams. When beats arrive within this time, or several at once, a wake-up over the thread pool
 * takes too long. The source then polls in every turn of the event loop until it has received no datagram for
 * {@link HOT_MILLIS}.
 */
const CLOSE_MILLIS = 0.5;
const HOT_MILLIS = 1;
/** Datagrams in one drain that mean that the queue was full and its sender does not pause. */
const BURST = 8;
/** Reads of an empty queue during a burst: a turn of the event loop would take longer. */
const BURST_RETRIES = 30;

/** A source of frames. */
export interface FrameSource {
  /** Receives queued frames, up to a limit. @returns whether more may be queued */
  drain(): boolean;
  /** Stops receiving. Resolves when all descriptors are closed. */
  close(): Promise<void>;
}

interface SocketOptions {
  /** Permissions of the socket file. */
  readonly socketMode: number;
  /** Requested receive buffer in bytes; null: that of the kernel. */
  readonly receiveBufferBytes: number | null;
}

/** Receives beats from a Unix socket that it binds. */
export class SocketSource implements FrameSource {
  /** The absolute path. */
  readonly path: string;
  /** Actual receive buffer in bytes. */
  readonly receiveBufferBytes: number;
  readonly #bound: BoundSocket;
  readonly #readiness: Readiness;
  /** One byte longer than a frame, to detect a longer datagram. */
  readonly #message = new MessageHeader(FRAME_LENGTH + 1);
  readonly #intake: FrameIntake;
  readonly #afterDrain: () => void;
  #took = 0;
  #tookMillis = 0;
  #hot = false;
  #closed: (() => void) | null = null;

  /** @throws RingwireError `ADDRESS_IN_USE`, `COULD_NOT_ACCESS_SOCKET`, `INVALID_ARGUMENT` */
  constructor(path: string, options: SocketOptions, intake: FrameIntake, afterDrain: () => void) {
    this.#bound = BoundSocket.bind(path, options.socketMode);
    this.path = this.#bound.path;
    const { socket } = this.#bound;
    if (options.receiveBufferBytes !== null) socket.setReceiveBuffer(options.receiveBufferBytes);
    this.receiveBufferBytes = socket.receiveBuffer;
    this.#readiness = new Readiness(this.#bound.socket.fd);
    this.#intake = intake;
    this.#afterDrain = afterDrain;
    this.#wait();
  }

  drain(): boolean {
    const { socket } = this.#bound;
    const message = this.#message;
    let retries = 0;
    for (this.#took = 0; this.#took < DRAIN_LIMIT; ) {
      const length = socket.receive(message);
      if (length < 0) {
        if (length === -EAGAIN && this.#took >= BURST && retries++ < BURST_RETRIES) continue;
        return this.#stopped(-length);
      }
      retries = 0;
      this.#took++;
      if (message.controlTruncated) this.#intake.controlTruncated();
      this.#intake.datagram(message.data, length, message.senderPid, message.senderUid);
    }
    return true;
  }

  /** Removes the path immediately. Closes the descriptor when the wait on it has ended. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#closed = resolve;
      this.#bound.removePath();
      this.#readiness.close();
    });
  }

  #wait(): void {
    this.#readiness.wait(() => this.#turn());
  }

  #turn(): void {
    if (this.#finished()) return;
    let more = false;
    try {
      more = this.drain() || this.#isHot();
      this.#afterDrain();
    } finally {
      // Runs also after a listener has thrown: the source continues if the application handles the error.
      if (!this.#finished()) this.#again(more);
    }
  }

  #isHot(): boolean {
    const now = performance.now();
    const gap = now - this.#tookMillis;
    if (this.#took === 0) {
      this.#hot &&= gap < HOT_MILLIS;
    } else {
      this.#hot = this.#took > 1 || gap < CLOSE_MILLIS;
      this.#tookMillis = now;
    }
    return this.#hot;
  }

  #again(more: boolean): void {
    if (more) setImmediate(() => this.#turn());
    else this.#wait();
  }

  #finished(): boolean {
    if (this.#closed === null) return false;
    this.#bound.close();
    this.#closed();
    return true;
  }

  #stopped(errno: number): boolean {
    if (errno === EINTR) return true;
    if (errno !== EAGAIN) this.#intake.ioError(`receive failed: ${errnoName(errno)}`);
    return false;
  }
}
