/** The unsent bytes of one connection, and whether its client takes them. */
import type net from 'node:net';
import type { BufferPool } from '../wire/buffer-pool.js';
import type { SendBudget } from './send-budget.js';

/** Bytes handed to the socket at a time: progress is counted in these steps. */
const SLICE = 256 * 1024;

/** Sends frames on one socket. */
export class SendQueue {
  readonly #socket: net.Socket;
  readonly #budget: SendBudget;
  readonly #pool: BufferPool;
  readonly #onSent: () => void;
  #queued = 0;
  /** Monotonic milliseconds: when the client last took a slice, or the first unsent byte was queued. */
  #lastProgress = 0;
  #released = false;

  /** `onSent` is called when the client took bytes. */
  constructor(socket: net.Socket, budget: SendBudget, pool: BufferPool, onSent: () => void) {
    this.#socket = socket;
    this.#budget = budget;
    this.#pool = pool;
    this.#onSent = onSent;
  }

  /** Bytes unsent. */
  get queued(): number {
    return this.#queued;
  }

  /** Milliseconds since the client took a slice, while bytes are unsent; else 0. */
  stalledFor(now: number): number {
    return this.#queued === 0 ? 0 : now - this.#lastProgress;
  }

  /** Sends a frame in one or more pieces, which must not change until they are sent. */
  writePieces(pieces: readonly Uint8Array[]): void {
    this.#socket.cork();
    for (const piece of pieces) this.write(piece);
    this.#socket.uncork();
  }

  /** Sends bytes, which must not change until they are sent; `pooled` is the buffer of the pool that holds them. */
  write(bytes: Uint8Array, pooled?: Buffer): void {
    if (this.#released) return;
    const { length } = bytes;
    if (this.#queued === 0) this.#lastProgress = performance.now();
    this.#queued += length;
    this.#budget.take(length);
    let at = 0;
    for (; length - at > SLICE; at += SLICE) {
      this.#socket.write(bytes.subarray(at, at + SLICE), () => this.#sent(SLICE));
    }
    this.#socket.write(bytes.subarray(at), () => {
      if (pooled !== undefined) this.#pool.give(pooled);
      this.#sent(length - at);
    });
  }

  /** Drops the unsent bytes of a closed connection. */
  release(): void {
    if (this.#released) return;
    this.#released = true;
    const unsent = this.#queued;
    this.#queued = 0;
    this.#budget.give(unsent);
  }

  #sent(length: number): void {
    if (this.#released) return;
    this.#queued -= length;
    this.#lastProgress = performance.now();
    this.#budget.give(length);
    this.#onSent();
  }
}
