/**
 * Beats from the Unix socket. Waits until the socket is readable, receives all datagrams and waits again. The kernel
 * queues 11 datagrams: while beats come close together, a thread of the pool receives them in batches instead, so that none
 * is dropped while the event loop is busy.
 */
import os from 'node:os';
import { BoundSocket, DatagramBatch, errnoName, MessageHeader, Readiness } from '../../platform/index.js';
import { FRAME_LENGTH } from '../frame/frame-layout.js';
import type { FrameIntake } from './frame-intake.js';

const { EAGAIN, EINTR } = os.constants.errno;
/** Most datagrams received between two turns of the event loop, so that timers run. */
const DRAIN_LIMIT = 256;
/** Beats come close together if one drain finds several, or if two drains find one each within this time. */
const CLOSE_MILLIS = 0.5;
/** Most datagrams of a batch. */
const BATCH = 512;
/** A batch ends at the first datagram after this time. */
const BATCH_MILLIS = 10;
/** A batch ends when no datagram has come for this time. */
const PAUSE_MILLIS = 2;
/** A batch with fewer datagrams is the last one. */
const BUSY_BATCH = 4;
/** One byte longer than a frame, to detect a longer datagram. */
const DATAGRAM = FRAME_LENGTH + 1;

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
  readonly #message = new MessageHeader(DATAGRAM);
  /** Two batches in turn: one is received while the other is taken in. Made when they are needed first. */
  #batches: [DatagramBatch, DatagramBatch] | null = null;
  #inBatch = false;
  readonly #canBatch: boolean;
  readonly #intake: FrameIntake;
  readonly #afterDrain: () => void;
  #took = 0;
  #tookMillis = Number.NEGATIVE_INFINITY;
  #closed: (() => void) | null = null;

  /** @throws RingwireError `ADDRESS_IN_USE`, `COULD_NOT_ACCESS_SOCKET`, `INVALID_ARGUMENT` */
  constructor(path: string, options: SocketOptions, intake: FrameIntake, afterDrain: () => void) {
    this.#bound = BoundSocket.bind(path, options.socketMode);
    this.path = this.#bound.path;
    const { socket } = this.#bound;
    if (options.receiveBufferBytes !== null) socket.setReceiveBuffer(options.receiveBufferBytes);
    this.#canBatch = socket.blockFor(PAUSE_MILLIS) === 0;
    this.receiveBufferBytes = socket.receiveBuffer;
    this.#readiness = new Readiness(this.#bound.socket.fd);
    this.#intake = intake;
    this.#afterDrain = afterDrain;
    this.#wait();
  }

  /** Whether a batch is being received: beats may have come that are taken in only after it. */
  get inBatch(): boolean {
    return this.#inBatch;
  }

  drain(): boolean {
    const { socket } = this.#bound;
    const message = this.#message;
    this.#took = 0;
    // The batch in progress holds earlier datagrams.
    if (this.#inBatch) return true;
    while (this.#took < DRAIN_LIMIT) {
      const length = socket.receive(message);
      if (length < 0) return this.#stopped(-length);
      this.#took++;
      this.#takeIn(message, length);
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
      more = this.drain();
      this.#afterDrain();
    } finally {
      // Runs also after a listener has thrown: the source continues if the application handles the error.
      if (!this.#finished()) this.#continue(more);
    }
  }

  #continue(more: boolean): void {
    if (this.#canBatch && this.#isClose()) this.#startBatches();
    else if (more) setImmediate(() => this.#turn());
    else this.#wait();
  }

  /** Whether the last drain found beats that come close together. */
  #isClose(): boolean {
    if (this.#took === 0) return false;
    const now = performance.now();
    const isClose = this.#took > 1 || now - this.#tookMillis < CLOSE_MILLIS;
    this.#tookMillis = now;
    return isClose;
  }

  #startBatches(): void {
    this.#batches ??= [new DatagramBatch(BATCH, DATAGRAM), new DatagramBatch(BATCH, DATAGRAM)];
    this.#inBatch = true;
    this.#receive(...this.#batches);
  }

  #receive(batch: DatagramBatch, next: DatagramBatch): void {
    batch.receive(this.#bound.socket.fd, BATCH_MILLIS, (count) => {
      this.#inBatch = this.#closed === null && count >= BUSY_BATCH;
      const goesOn = this.#inBatch;
      if (goesOn) this.#receive(next, batch);
      try {
        for (let i = 0; i < count; i++) this.#takeFrom(batch, i);
        this.#afterDrain();
      } finally {
        if (!goesOn && !this.#finished()) this.#wait();
      }
    });
  }

  #takeFrom(batch: DatagramBatch, index: number): void {
    const message = batch.messages[index] as MessageHeader;
    message.readControl();
    try {
      this.#takeIn(message, message.received);
    } catch (error) {
      // A listener has thrown. The rest of the batch is taken in also if the application handles the error.
      queueMicrotask(() => {
        throw error;
      });
    }
  }

  #takeIn(message: MessageHeader, length: number): void {
    if (message.controlTruncated) this.#intake.controlTruncated();
    this.#intake.datagram(message.data, length, message.senderPid, message.senderUid);
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
