/**
 * Writes frames into a term. Source: Aeron 1.53 `TermAppender`.
 *
 * The index of its first 32-bit word in the file identifies a frame: a byte offset in a log of 3 GiB exceeds 32 bits.
 *
 * INV-AERON-FRAME-01: the negative length is visible before anything else of the frame, the positive one after
 * everything else; the positive length publishes the frame.
 */
import { copyFewWords, KEEPS_ORDER, orderStores, publishI32 } from '../../../platform/index.js';
import {
  FRAME_HEADER_LENGTH,
  FrameFlag,
  FrameType,
  framedLength,
  maxPayloadLength,
  RESERVED_VALUE_OFFSET,
  WHOLE_DATA,
} from '../../layout/frame-layout.js';
import type { LogBuffers } from '../log-buffers.js';
import type { BufferClaim } from './buffer-claim.js';

/** Computes the reserved value of a frame after its payload is written. Offset and length are in bytes, header included. */
export type ReservedValueSupplier = (buffer: Buffer, frameOffset: number, frameLength: number) => bigint;

const HEADER_WORDS = FRAME_HEADER_LENGTH / 4;
/** Longest message in bytes that is copied through a 64-bit view. `set` copies longer ones as fast. */
const LONGEST_KNOWN = 64;

const NO_MESSAGE = new Uint8Array(0);
const NO_WORDS = new BigInt64Array(0);
const PADDING = (FrameType.Padding << 16) | (FrameFlag.Unfragmented << 8);

/** Writes the frames of one publication. */
export class FrameWriter {
  readonly #bytes: Buffer;
  readonly #terms: readonly Buffer[];
  /** log2 of the words of a term. */
  readonly #shift: number = 0;
  readonly #i32: Int32Array;
  readonly #i64: BigInt64Array;
  /** The message of the last write; once it is written a second time, its whole 64-bit words and its length in bytes. */
  #known: Uint8Array = NO_MESSAGE;
  #knownWords: BigInt64Array = NO_WORDS;
  #knownLength = -1;
  /** Term length less 1. */
  readonly #mask: number = 0;
  readonly #sessionId: number = 0;
  readonly #streamId: number = 0;
  readonly #maxPayload: number = 0;

  constructor(log: LogBuffers) {
    this.#i32 = log.i32;
    this.#bytes = log.bytes;
    this.#terms = log.terms;
    this.#shift = log.shift - 2;
    this.#i64 = log.i64;
    this.#mask = log.metadata.termLength - 1;
    this.#sessionId = log.metadata.sessionId;
    this.#streamId = log.metadata.streamId;
    this.#maxPayload = maxPayloadLength(log.metadata.mtuLength);
  }

  /**
   * Opens a claim of one frame.
   * @param word index of the first 32-bit word of the frame
   * @param length payload in bytes
   */
  claim(word: number, termId: number, length: number, claim: BufferClaim): void {
    this.#begin(word, length + FRAME_HEADER_LENGTH, termId, WHOLE_DATA);
    claim.wrap(this.#i32, this.#termOf(word), word, this.#offsetOf(word) + FRAME_HEADER_LENGTH, length);
  }

  /** The term that contains a frame. */
  #termOf(word: number): Buffer {
    return this.#terms[word >>> this.#shift] as Buffer;
  }

  /** Start of a frame in its term, in bytes. */
  #offsetOf(word: number): number {
    return (word << 2) & this.#mask;
  }

  /** Writes a header, with the negative length. On x64 the processor keeps the order of the stores. */
  #begin(word: number, frameLength: number, termId: number, kind: number): void {
    const i32 = this.#i32;
    if (KEEPS_ORDER) i32[word] = -frameLength;
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

  /** Writes a padding frame, which subscribers skip. */
  padding(word: number, frameLength: number, termId: number): void {
    this.#begin(word, frameLength, termId, PADDING);
    publishI32(this.#i32, word, frameLength);
  }

  /** Copies whole frames: everything after the first header, then that header, its length last. */
  block(word: number, block: Buffer): void {
    const at = word * 4;
    this.#bytes.set(block.subarray(FRAME_HEADER_LENGTH), at + FRAME_HEADER_LENGTH);
    this.#bytes.set(block.subarray(8, FRAME_HEADER_LENGTH), at + 8);
    this.#i32[word + 1] = block.readInt32LE(4);
    publishI32(this.#i32, word, block.readInt32LE(0));
  }

  /** The length in bytes of the message that {@link known} can write: the short one that was written last; otherwise -1. */
  knownLength(message: unknown): number {
    // The remembered number is a small integer for V8. The property is converted by way of a double where it meets -1.
    const length = this.#knownLength;
    return message === this.#known && (message as Uint8Array).length === length ? length : -1;
  }

  /** Writes and publishes the known message. @param length its {@link knownLength} */
  known(word: number, termId: number, length: number): void {
    const frameLength = length + FRAME_HEADER_LENGTH;
    this.#begin(word, frameLength, termId, WHOLE_DATA);
    this.copyKnown(word, length);
    publishI32(this.#i32, word, frameLength);
  }

  /** Copies the known message into the frame. @param length its {@link knownLength} */
  copyKnown(word: number, length: number): void {
    copyFewWords(this.#i64, (word + HEADER_WORDS) >>> 1, this.#knownWords, length >>> 3);
    if ((length & 7) !== 0) this.#copyTail(word, length);
  }

  /** Copies the bytes of the known message after its last whole word. */
  #copyTail(word: number, length: number): void {
    const bytes = this.#bytes;
    const known = this.#known;
    const to = word * 4 + FRAME_HEADER_LENGTH;
    for (let i = length & ~7; i < length; i++) bytes[to + i] = known[i] as number;
  }

  /** Writes and publishes a message of one frame. A short message becomes known when it is written a second time. */
  whole(word: number, termId: number, message: Uint8Array): void {
    const { length } = message;
    const frameLength = length + FRAME_HEADER_LENGTH;
    this.#begin(word, frameLength, termId, WHOLE_DATA);
    this.#bytes.set(message, word * 4 + FRAME_HEADER_LENGTH);
    publishI32(this.#i32, word, frameLength);
    if (length > LONGEST_KNOWN) return;
    if (this.#known !== message) {
      this.#known = message;
      this.#knownLength = -1;
    } else if (message.byteOffset % 8 === 0) {
      this.#knownWords = new BigInt64Array(message.buffer, message.byteOffset, length >>> 3);
      this.#knownLength = length;
    }
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
    const term = this.#termOf(word);
    const at = this.#offsetOf(word);
    this.#begin(word, frameLength, termId, (FrameType.Data << 16) | (flags << 8));
    term.set(data, at + FRAME_HEADER_LENGTH);
    if (reservedValue !== undefined) {
      term.writeBigInt64LE(reservedValue(term, at, frameLength), at + RESERVED_VALUE_OFFSET);
    }
    publishI32(this.#i32, word, frameLength);
  }
}
