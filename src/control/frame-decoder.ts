/**
 * Cuts a stream of bytes, split anywhere, into frames.
 *
 * INV-CTL-01: memory held for an unfinished frame is at most twice the bytes of it that have arrived (and 1 KiB),
 * whatever its header promises.
 */
import { ControlError } from './control-error.js';
import { decodeHeader, type Frame, type FrameHeader, HEADER_LENGTH } from './frame-layout.js';

const FIRST_ALLOCATION = 1024;
const NOTHING = Buffer.alloc(0);

/** A frame whose body was left out because it is longer than the receiver wants to keep. */
export interface CutFrame extends Frame {
  /** Bytes of the body that were thrown away; 0 when `body` is whole. */
  readonly skipped: number;
}

/** How many bytes a body of this type may have to be kept; longer ones are read and thrown away. */
export type BodyLimit = (type: number) => number;

export class FrameDecoder {
  readonly #bodyLimit: BodyLimit;
  /** Bytes that have arrived and are not used yet. */
  #input: Buffer = NOTHING;
  readonly #headerBytes = Buffer.alloc(HEADER_LENGTH);
  #headerFilled = 0;
  #header: FrameHeader | null = null;
  #body: Buffer = NOTHING;
  #bodyFilled = 0;
  #skip = false;

  constructor(bodyLimit: BodyLimit = () => Number.POSITIVE_INFINITY) {
    this.#bodyLimit = bodyLimit;
  }

  /** True between the first byte of a frame and its last. */
  get insideFrame(): boolean {
    return this.#headerFilled > 0 || this.#input.length > 0;
  }

  /** Bytes held: those not looked at yet, and the body that is being put together. */
  get held(): number {
    return this.#input.length + this.#body.length;
  }

  /** Takes over `chunk`; it must not change afterwards. Call {@link next} until it answers null. */
  push(chunk: Buffer): void {
    this.#input = this.#input.length === 0 ? chunk : Buffer.concat([this.#input, chunk]);
  }

  /**
   * The next whole frame, or null while more bytes are needed. Its body is valid for as long as the caller keeps it.
   * @throws ControlError `BAD_MAGIC`, `BAD_VERSION`, `FRAME_TOO_LONG`; there is no way to go on then
   */
  next(): CutFrame | null {
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

  /** To be called at the end of the stream. @throws ControlError `TRUNCATED_FRAME` inside a frame */
  end(): void {
    if (this.insideFrame) throw new ControlError('TRUNCATED_FRAME', 'unexpected EOF');
  }

  #readHeader(): FrameHeader | null {
    const input = this.#input;
    const taken = Math.min(input.length, HEADER_LENGTH - this.#headerFilled);
    if (taken > 0) input.copy(this.#headerBytes, this.#headerFilled, 0, taken);
    this.#headerFilled += taken;
    this.#input = taken === input.length ? NOTHING : input.subarray(taken);
    if (this.#headerFilled < HEADER_LENGTH) return null;
    const header = decodeHeader(this.#headerBytes);
    this.#header = header;
    this.#skip = header.length > this.#bodyLimit(header.type);
    return header;
  }

  #finish(header: FrameHeader, wanted: number): CutFrame {
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
      const size = Math.min(length, Math.max(FIRST_ALLOCATION, needed * 2));
      const grown = Buffer.allocUnsafeSlow(size);
      this.#body.copy(grown, 0, 0, this.#bodyFilled);
      this.#body = grown;
    }
    bytes.copy(this.#body, this.#bodyFilled);
  }
}
