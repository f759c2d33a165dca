/**
 * Writing frames into a term, in the order that makes them safe to read. Source: Aeron 1.53 `TermAppender`.
 *
 * INV-AERON-FRAME-01: the negative length is stored before anything else of the frame, the positive one after
 * everything else; the positive length publishes the frame.
 */
import {
  alignFrame,
  FRAME_HEADER_LENGTH,
  FrameFlag,
  FrameType,
  framedLength,
  maxPayloadLength,
} from './layout/frame-layout.js';
import type { LogBuffers } from './log-buffers.js';

/** Gives the reserved value of a frame, once its payload is in place. */
export type ReservedValueSupplier = (buffer: Buffer, frameOffset: number, frameLength: number) => bigint;

/** Up to here a loop copies faster than a call. */
const SHORT_COPY = 64;

export class FrameWriter {
  readonly #i32: Int32Array;
  readonly #bytes: Buffer;
  readonly #termLength: number;
  readonly #sessionId: number;
  readonly #streamId: number;
  readonly #maxPayload: number;
  /** Whether the processor keeps stores in order, so that only the commit needs a fence. */
  readonly #ordered: boolean;

  /**
   * `relaxed`: the caller is the only writer of the log, and stores need no fence of their own where the processor
   * keeps them in order (x64); elsewhere it changes nothing.
   */
  constructor(log: LogBuffers, relaxed = false) {
    this.#ordered = relaxed && process.arch === 'x64';
    this.#i32 = log.i32;
    this.#bytes = log.bytes;
    this.#termLength = log.metadata.termLength;
    this.#sessionId = log.metadata.sessionId;
    this.#streamId = log.metadata.streamId;
    this.#maxPayload = maxPayloadLength(log.metadata.mtuLength);
  }

  /** Everything of a header but the final length. `at`: byte offset in the file. */
  begin(at: number, frameLength: number, termId: number, flags: number, type: number): void {
    const i32 = this.#i32;
    const word = at >> 2;
    if (this.#ordered) i32[word] = -frameLength;
    else Atomics.store(i32, word, -frameLength);
    i32[word + 1] = (type << 16) | (flags << 8);
    i32[word + 2] = at & (this.#termLength - 1);
    i32[word + 3] = this.#sessionId;
    i32[word + 4] = this.#streamId;
    i32[word + 5] = termId;
  }

  commit(at: number, frameLength: number): void {
    Atomics.store(this.#i32, at >> 2, frameLength);
  }

  /** Turns a claim into padding. */
  abort(at: number, frameLength: number): void {
    (this.#i32[at / 4 + 1] as number) &= 0xffff;
    this.commit(at, frameLength);
  }

  padding(at: number, frameLength: number, termId: number): void {
    this.begin(at, frameLength, termId, FrameFlag.Unfragmented, FrameType.Padding);
    this.commit(at, frameLength);
  }

  /** Whole frames, as they are: everything but the first header, then that header, its length last. */
  block(at: number, block: Buffer): void {
    this.#bytes.set(block.subarray(FRAME_HEADER_LENGTH), at + FRAME_HEADER_LENGTH);
    this.#bytes.set(block.subarray(8, FRAME_HEADER_LENGTH), at + 8);
    this.#i32[(at >> 2) + 1] = block.readInt32LE(4);
    this.commit(at, block.readInt32LE(0));
  }

  /** A message, in fragments where it is longer than one frame takes. */
  message(
    at: number,
    termId: number,
    data: Uint8Array,
    reservedValue: ReservedValueSupplier | undefined,
  ): void {
    const { length } = data;
    if (length <= this.#maxPayload) {
      this.#frame(at, termId, data, FrameFlag.Unfragmented, reservedValue);
      return;
    }
    let to = at;
    for (let from = 0; from < length; from += this.#maxPayload) {
      const part = data.subarray(from, Math.min(from + this.#maxPayload, length));
      const flags = (from === 0 ? FrameFlag.Begin : 0) | (from + part.length === length ? FrameFlag.End : 0);
      try {
        this.#frame(to, termId, part, flags, reservedValue);
      } catch (error) {
        const rest = framedLength(length - from, this.#maxPayload);
        this.padding(to, rest, termId);
        throw error;
      }
      to += alignFrame(part.length + FRAME_HEADER_LENGTH);
    }
  }

  #frame(
    at: number,
    termId: number,
    data: Uint8Array,
    flags: number,
    reservedValue: ReservedValueSupplier | undefined,
  ): void {
    const frameLength = data.length + FRAME_HEADER_LENGTH;
    this.begin(at, frameLength, termId, flags, FrameType.Data);
    const { length } = data;
    const bytes = this.#bytes;
    if (length <= SHORT_COPY) {
      const to = at + FRAME_HEADER_LENGTH;
      for (let i = 0; i < length; i++) bytes[to + i] = data[i] as number;
    } else {
      bytes.set(data, at + FRAME_HEADER_LENGTH);
    }
    if (reservedValue !== undefined) this.#supply(at, frameLength, reservedValue);
    this.commit(at, frameLength);
  }

  /** INV-AERON-FRAME-02: a supplier that throws leaves padding, no open claim that would hold the stream. */
  #supply(at: number, frameLength: number, reservedValue: ReservedValueSupplier): void {
    try {
      this.#bytes.writeBigInt64LE(reservedValue(this.#bytes, at, frameLength), at + 24);
    } catch (error) {
      this.abort(at, frameLength);
      throw error;
    }
  }
}
