/** Beats from the Unix socket: sleep until something can be read, take what is there, sleep again. */
import os from 'node:os';
import { BoundSocket, errnoName, MessageHeader, Readiness } from '../../platform/index.js';
import { FRAME_LENGTH } from '../frame/frame-layout.js';
import type { FrameIntake } from './frame-intake.js';

const { EAGAIN, EINTR } = os.constants.errno;
/** Datagrams taken between two turns of the event loop. */
const DRAIN_LIMIT = 256;
/**
 * When beats follow each other faster than this, the way over the thread pool is too long for a kernel queue of 11
 * datagrams: some turns of the event loop look again before the next sleep.
 */
const HOT_MILLIS = 0.5;
const HOT_TURNS = 50;

/** Anything frames come from. */
export interface FrameSource {
  /** Takes what is there. @returns whether there may be more */
  drain(): boolean;
  /** Resolves when everything is let go of. */
  close(): Promise<void>;
}

interface SocketOptions {
  /** Permissions of the socket file. */
  readonly socketMode: number;
  /** Bytes asked for as receive buffer; null for the kernel's own. */
  readonly receiveBufferBytes: number | null;
}

export class SocketSource implements FrameSource {
  /** The absolute path. */
  readonly path: string;
  /** Bytes of the receive buffer, as the kernel set it. */
  readonly receiveBufferBytes: number;
  readonly #bound: BoundSocket;
  readonly #readiness: Readiness;
  /** One byte more than a frame: a longer datagram shows itself. */
  readonly #message = new MessageHeader(FRAME_LENGTH + 1);
  readonly #intake: FrameIntake;
  readonly #afterDrain: () => void;
  #took = 0;
  #tookMillis = 0;
  #hotTurns = 0;
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
    for (this.#took = 0; this.#took < DRAIN_LIMIT; this.#took++) {
      const length = socket.receive(message);
      if (length < 0) return this.#stopped(-length);
      if (message.controlTruncated) this.#intake.controlTruncated();
      this.#intake.datagram(message.data, length, message.senderPid, message.senderUid);
    }
    return true;
  }

  /** Takes the path away at once; the descriptor goes when nobody waits on it any more. */
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
      // Also when a listener throws: whoever catches that goes on observing.
      if (!this.#finished()) this.#again(more);
    }
  }

  #isHot(): boolean {
    if (this.#took === 0) return --this.#hotTurns > 0;
    const now = performance.now();
    this.#hotTurns = now - this.#tookMillis < HOT_MILLIS ? HOT_TURNS : 0;
    this.#tookMillis = now;
    return this.#hotTurns > 0;
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
