/**
 * Cuts a stream of bytes, split anywhere, into frames.
 *
 * INV-CTL-01: memory that a server holds for an unfinished frame is at most twice the bytes of it that have arrived
 * (and an eighth, and 1 KiB), whatever its header promises; a client holds up to 1 MiB at once.
 */

import { ControlError } from '../control-error.js';
import type { BufferPool } from './buffer-pool.js';
import {
  type ControlFrame,
  type ControlFrameHeader,
  decodeControlHeader,
  HEADER_LENGTH,
} from './frame-layout.js';

const FIRST_ALLOCATION = 1024;
/** Without a pool every buffer is new, and the caller may keep it. */
const NO_POOL: Pick<BufferPool, 'take' | 'give'> = { take: Buffer.allocUnsafeSlow, give: () => {} };
const NOTHING = Buffer.alloc(0);

/** A frame whose body may be missing because it is longer than the receiver keeps. */
export interface CutFrame extends ControlFrame {
  /** Discarded bytes of the body; 0 when `body` is whole. */
  readonly skipped: number;
}

/** Largest number of bytes of a body of this type that is kept; longer ones are read and discarded. */
export type BodyLimit = (type: number) => number;

/**
 * Decodes the frames of one direction of a connection.
 * @example
 * const decoder = new FrameDecoder();
 * socket.on('data', (chunk) => {
 *   decoder.push(chunk);
 *   for (let frame = decoder.next(); frame !== null; frame = decoder.next()) handle(frame);
 * });
 */
export class FrameDecoder {
  readonly #bodyLimit: BodyLimit;
  /** Bytes that have arrived and are not used yet. */
  #input: Buffer = NOTHING;
  readonly #headerBytes = Buffer.alloc(HEADER_LENGTH);
  #headerFilled = 0;
  #header: ControlFrameHeader | null = null;
  #body: Buffer = NOTHING;
  #bodyFilled = 0;
  #skip = false;
  readonly #pool: Pick<BufferPool, 'take' | 'give'>;
  readonly #firstAllocation: number;
  /** The buffers of the input and of the body that was returned last. */
  #chunk: Buffer | null = null;
  #lent: Buffer | null = null;

  /**
   * With a pool the body of a frame is valid until the next call of {@link next} only.
   * @param firstAllocation bytes that may be kept for a body of which fewer have arrived
   */
  constructor(
    bodyLimit: BodyLimit = () => Number.POSITIVE_INFINITY,
    pool: Pick<BufferPool, 'take' | 'give'> = NO_POOL,
    firstAllocation = FIRST_ALLOCATION,
  ) {
    this.#bodyLimit = bodyLimit;
    this.#firstAllocation = firstAllocation;
    this.#pool = pool;
  }

  /** True between the first byte of a frame and its last. */
  get insideFrame(): boolean {
    return this.#headerFilled > 0 || this.#input.length > 0;
  }

  /** Bytes held: unread input, and the unfinished body. */
  get held(): number {
    return (this.#chunk?.length ?? this.#input.length) + this.#body.length;
  }

  /**
   * Takes from the first bytes what need not be kept for {@link pushCopy}: a header, a body that is discarded.
   * @returns how many bytes it took
   * @throws ControlError like {@link next}
   */
  takeUnkept(bytes: Buffer): number {
    if (this.#input.length > 0) return 0;
    const taken = this.#header === null ? this.#fillHeader(bytes) : 0;
    const header = this.#header;
    if (!this.#skip || header === null) return taken;
    const skipped = Math.min(bytes.length - taken, header.length - this.#bodyFilled);
    this.#bodyFilled += skipped;
    return taken + skipped;
  }

  /**
   * Takes bytes that are valid during the call, as far as they belong to the frame that is arriving, straight into its
   * body. Call {@link next} afterwards, and this method again with the rest.
   * @returns how many bytes it took
   * @throws ControlError like {@link next}
   */
  feed(bytes: Buffer): number {
    const taken = this.takeUnkept(bytes);
    const header = this.#header;
    if (header === null || this.#skip || this.#input.length > 0) return taken;
    const wanted = Math.min(bytes.length - taken, header.length - this.#bodyFilled);
    if (wanted > 0) this.#append(bytes.subarray(taken, taken + wanted), header.length);
    this.#bodyFilled += wanted;
    return taken + wanted;
  }

  /** Takes over `chunk`; it must not change afterwards. Call {@link next} until it returns null. */
  push(chunk: Buffer): void {
    this.#input = this.#input.length === 0 ? chunk : Buffer.concat([this.#input, chunk]);
  }

  /** The same with bytes that are valid during the call. */
  pushCopy(bytes: Buffer): void {
    this.#giveBack();
    if (this.#input.length > 0) {
      this.push(Buffer.from(bytes));
      return;
    }
    const chunk = this.#pool.take(bytes.length);
    bytes.copy(chunk);
    this.#chunk = chunk;
    this.#input = chunk.subarray(0, bytes.length);
  }

  /**
   * The next whole frame, or null while more bytes are needed. Its body is valid for as long as the caller keeps it.
   * @throws ControlError `BAD_MAGIC`, `BAD_VERSION`, `FRAME_TOO_LONG`; the stream is unusable afterwards
   */
  next(): CutFrame | null {
    this.#giveBack();
    const frame = this.#next();
    if (frame === null) this.#giveBack();
    return frame;
  }

  /** Returns its buffers to the pool; the decoder is unusable afterwards. */
  release(): void {
    this.#input = NOTHING;
    this.#giveBack();
    if (this.#body !== NOTHING) this.#pool.give(this.#body);
    this.#body = NOTHING;
  }

  #next(): CutFrame | null {
    const header = this.#header ?? this.#readHeader();
    if (header === null) return null;
    const wanted = header.length - this.#bodyFilled;
    const input = this.#input;
    if (wanted <= input.length) return this.#finish(header, wanted);
    if (!this.#skip) this.#append(input, header.length);
    this.#bodyFilled += input.length;
    this.#input = NOTHING;
    return null;
  }

  /** Call at the end of the stream. @throws ControlError `TRUNCATED_FRAME` inside a frame */
  end(): void {
    if (this.insideFrame) throw new ControlError('TRUNCATED_FRAME', 'unexpected EOF');
  }

  #readHeader(): ControlFrameHeader | null {
    const input = this.#input;
    const taken = this.#fillHeader(input);
    this.#input = taken === input.length ? NOTHING : input.subarray(taken);
    return this.#header;
  }

  /** @returns how many of the first bytes belong to the header */
  #fillHeader(bytes: Buffer): number {
    const taken = Math.min(bytes.length, HEADER_LENGTH - this.#headerFilled);
    if (taken > 0) bytes.copy(this.#headerBytes, this.#headerFilled, 0, taken);
    this.#headerFilled += taken;
    if (this.#headerFilled < HEADER_LENGTH) return taken;
    this.#header = decodeControlHeader(this.#headerBytes);
    this.#skip = this.#header.length > this.#bodyLimit(this.#header.type);
    return taken;
  }

  #finish(header: ControlFrameHeader, wanted: number): CutFrame {
    const input = this.#input;
    let body: Buffer = NOTHING;
    if (!this.#skip && header.length > 0) {
      if (this.#bodyFilled === 0) body = input.subarray(0, wanted);
      else {
        this.#append(input.subarray(0, wanted), header.length);
        body = this.#body.subarray(0, header.length);
      }
    }
    const skipped = this.#skip ? header.length : 0;
    if (this.#body !== NOTHING) this.#lent = this.#body;
    this.#input = wanted === input.length ? NOTHING : input.subarray(wanted);
    this.#header = null;
    this.#headerFilled = 0;
    this.#body = NOTHING;
    this.#bodyFilled = 0;
    return { type: header.type, flags: header.flags, seq: header.seq, body, skipped };
  }

  #append(bytes: Buffer, length: number): void {
    const needed = this.#bodyFilled + bytes.length;
    if (needed > this.#body.length) {
      const grown = this.#pool.take(Math.min(length, Math.max(this.#firstAllocation, needed * 2)));
      this.#body.copy(grown, 0, 0, this.#bodyFilled);
      if (this.#body !== NOTHING) this.#pool.give(this.#body);
      this.#body = grown;
    }
    bytes.copy(this.#body, this.#bodyFilled);
  }

  /** Returns the buffers of the body that was returned before, and of input that is used up. */
  #giveBack(): void {
    if (this.#lent !== null) this.#pool.give(this.#lent);
    this.#lent = null;
    if (this.#chunk === null || this.#input.length > 0) return;
    this.#pool.give(this.#chunk);
    this.#chunk = null;
  }
}
