/** The requests of one connection: takes bytes, returns whole requests, and counts the bytes it holds. */
import type { BufferPool } from '../wire/buffer-pool.js';
import { type CutFrame, FrameDecoder } from '../wire/frame-decoder.js';
import { bodyLimit } from './request-handler.js';
import type { ResolvedServerOptions } from './server-options.js';

/** State shared by the intakes of a server. */
export interface IntakeHost {
  readonly options: ResolvedServerOptions;
  readonly pool: BufferPool;
  /** Bytes of unfinished requests over all connections. */
  heldBytes: number;
}

/** Decodes the requests of one connection. */
export class RequestIntake {
  readonly #host: IntakeHost;
  readonly #decoder: FrameDecoder;
  #held = 0;
  /** Monotonic milliseconds of the first byte of the unfinished frame; 0 when there is none. */
  #frameBegan = 0;
  #waiting: CutFrame | null = null;

  constructor(host: IntakeHost) {
    this.#host = host;
    const { maxRequestBody } = host.options;
    this.#decoder = new FrameDecoder((type) => bodyLimit(type, maxRequestBody), host.pool);
  }

  /** A request was put back. */
  get hasWaiting(): boolean {
    return this.#waiting !== null;
  }

  /** Takes bytes that are valid during the call. @throws ControlError when they are not a frame */
  take(bytes: Buffer): void {
    if (!this.#decoder.insideFrame) this.#frameBegan = performance.now();
    const taken = this.#decoder.takeUnkept(bytes);
    if (taken < bytes.length) this.#decoder.pushCopy(bytes.subarray(taken));
    this.#account();
  }

  /** The next whole request, valid until the next call; null while there is none. @throws ControlError like {@link take} */
  next(): CutFrame | null {
    const frame = this.#waiting ?? this.#decoder.next();
    this.#waiting = null;
    this.#account();
    if (frame !== null) this.#frameBegan = this.#decoder.insideFrame ? performance.now() : 0;
    return frame;
  }

  /** {@link next} returns this frame again. */
  putBack(frame: CutFrame): void {
    this.#waiting = frame;
  }

  /** The input has ended. @throws ControlError `TRUNCATED_FRAME` inside a frame */
  end(): void {
    this.#decoder.end();
  }

  /** Milliseconds since the unfinished frame began; 0 when there is none. */
  unfinishedFor(now: number): number {
    return this.#frameBegan > 0 ? now - this.#frameBegan : 0;
  }

  /** Drops what is held. */
  release(): void {
    this.#host.heldBytes -= this.#held;
    this.#held = 0;
    this.#waiting = null;
    this.#decoder.release();
  }

  #account(): void {
    const { held } = this.#decoder;
    this.#host.heldBytes += held - this.#held;
    this.#held = held;
  }
}
