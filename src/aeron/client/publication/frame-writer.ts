/**
 * Writes frames into a term. Source: Aeron 1.53 `TermAppender`.
 *
 * The index of its first 32-bit word in the file identifies a frame: a byte offset in a log of 3 GiB exceeds 32 bits.
 *
 * INV-AERON-FRAME-01: the negative length is visible before anything else of the frame, the positive one after
 * everything else; the positive length publishes the frame.
 */
import { KEEPS_ORDER, orderStores, publishI32, SourceViews } from '../../../platform/index.js';
import {
  FRAME_HEADER_LENGTH,
  FrameFlag,
  FrameType,
  framedLength,
  maxPayloadLength,
  RESERVED_VALUE_OFFSET,
} from '../../layout/frame-layout.js';
import type { LogBuffers } from '../log-buffers.js';

/** Computes the reserved value of a frame after its payload is written. Offset and length are in bytes, header included. */
export type ReservedValueSupplier = (buffer: Buffer, frameOffset: number, frameLength: number) => bigint;

const HEADER_WORDS = FRAME_HEADER_LENGTH / 4;
/** Type, flags and version 0, which share the second word of a header. */
const WHOLE_DATA = (FrameType.Data << 16) | (FrameFlag.Unfragmented << 8);
const PADDING = (FrameType.Padding << 16) | (FrameFlag.Unfragmented << 8);

/** Writes the frames of one publication. */
export class FrameWriter {
  readonly #bytes: Buffer;
  readonly #terms: readonly Buffer[];
  /** log2 of the words of a term. */
  readonly #shift: number;
  readonly #i32: Int32Array;
  readonly #sources: SourceViews;
  /** Term length less 1. */
  readonly #mask: number;
  readonly #sessionId: number;
  readonly #streamId: number;
  readonly #maxPayload: number;
  /** Whether plain stores become visible in program order, so that only the commit is an ordered store. */
  readonly #ordered: boolean;

  /**
   * @param relaxed whether the caller is the only writer of the log. On x64, which keeps stores in order, the negative
   * length is then a plain store. No effect on other processors
   */
  constructor(log: LogBuffers, relaxed = false) {
    this.#ordered = relaxed && KEEPS_ORDER;
    this.#i32 = log.i32;
    this.#bytes = log.bytes;
    this.#terms = log.terms;
    this.#shift = log.shift - 2;
    this.#sources = new SourceViews(log.bytes, log.i64);
    this.#mask = log.metadata.termLength - 1;
    this.#sessionId = log.metadata.sessionId;
    this.#streamId = log.metadata.streamId;
    this.#maxPayload = maxPayloadLength(log.metadata.mtuLength);
  }

  /** Whether the log is still mapped. */
  get isMapped(): boolean {
    return this.#i32.length > 0;
  }

  /** The term that contains a frame. */
  termOf(word: number): Buffer {
    return this.#terms[word >>> this.#shift] as Buffer;
  }

  /** Start of a frame in its term, in bytes. */
  offsetOf(word: number): number {
    return (word << 2) & this.#mask;
  }

  /** Writes the header of a whole message, with the negative length. */
  begin(word: number, frameLength: number, termId: number): void {
    this.#begin(word, frameLength, termId, WHOLE_DATA);
  }

  #begin(word: number, frameLength: number, termId: number, kind: number): void {
    const i32 = this.#i32;
    if (this.#ordered) i32[word] = -frameLength;
    else {
      Atomics.store(i32, word, -frameLength);
      // INV-AERON-FRAME-01
      orderStores();
    }
    i32[word + 1] = kind;
    i32[word + 2] = (word << 2) & this.#mask;
    i32[word + 3] = this.#sessionId;
    i32[word + 4] = this.#streamId;
    i32[word + 5] = termId;
  }

  /** Publishes a frame. */
  commit(word: number, frameLength: number): void {
    publishI32(this.#i32, word, frameLength);
  }

  /** Turns a claim into padding. */
  abort(word: number, frameLength: number): void {
    (this.#i32[word + 1] as number) &= 0xffff;
    this.commit(word, frameLength);
  }

  /** Writes a padding frame, which subscribers skip. */
  padding(word: number, frameLength: number, termId: number): void {
    this.#begin(word, frameLength, termId, PADDING);
    this.commit(word, frameLength);
  }

  /** Copies whole frames: everything after the first header, then that header, its length last. */
  block(word: number, block: Buffer): void {
    const at = word * 4;
    this.#bytes.set(block.subarray(FRAME_HEADER_LENGTH), at + FRAME_HEADER_LENGTH);
    this.#bytes.set(block.subarray(8, FRAME_HEADER_LENGTH), at + 8);
    this.#i32[word + 1] = block.readInt32LE(4);
    this.commit(word, block.readInt32LE(0));
  }

  /** Whether `data` is the object of the last write, so that its type is known. */
  knows(data: unknown): data is Uint8Array {
    return this.#sources.knownLength(data as Uint8Array) >= 0;
  }

  /** Writes and publishes a message of one frame. */
  whole(word: number, termId: number, data: Uint8Array): void {
    const frameLength = data.length + FRAME_HEADER_LENGTH;
    this.#begin(word, frameLength, termId, WHOLE_DATA);
    this.#sources.copy(data, (word + HEADER_WORDS) >>> 1, 0);
    publishI32(this.#i32, word, frameLength);
  }

  /** Writes a message, in fragments when it exceeds the largest payload of a frame. */
  message(
    word: number,
    termId: number,
    data: Uint8Array,
    reservedValue: ReservedValueSupplier | undefined,
  ): void {
    const { length } = data;
    const maxPayload = this.#maxPayload;
    let to = word;
    for (let from = 0; from < length || from === 0; from += maxPayload) {
      const end = Math.min(from + maxPayload, length);
      const part = end - from === length ? data : data.subarray(from, end);
      const flags = (from === 0 ? FrameFlag.Begin : 0) | (end === length ? FrameFlag.End : 0);
      try {
        this.#frame(to, termId, part, flags, reservedValue);
      } catch (error) {
        this.padding(to, framedLength(length - from, maxPayload), termId);
        throw error;
      }
      to += framedLength(part.length, maxPayload) / 4;
    }
  }

  /** INV-AERON-FRAME-02: a supplier that throws leaves padding. An open claim would block the stream. */
  #frame(
    word: number,
    termId: number,
    data: Uint8Array,
    flags: number,
    reservedValue: ReservedValueSupplier | undefined,
  ): void {
    const frameLength = data.length + FRAME_HEADER_LENGTH;
    const term = this.termOf(word);
    const at = this.offsetOf(word);
    this.#begin(word, frameLength, termId, (FrameType.Data << 16) | (flags << 8));
    term.set(data, at + FRAME_HEADER_LENGTH);
    if (reservedValue !== undefined) {
      term.writeBigInt64LE(reservedValue(term, at, frameLength), at + RESERVED_VALUE_OFFSET);
    }
    this.commit(word, frameLength);
  }
}
