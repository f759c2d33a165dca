/** The header of the fragment that a handler receives. All fragments of an image reuse one object. Source: Aeron 1.53 `Header`. */
import {
  alignFrame,
  FRAME_FLAGS_OFFSET,
  FRAME_TYPE_OFFSET,
  positionOf,
  RESERVED_VALUE_OFFSET,
} from '../../layout/frame-layout.js';

const NOT_ASSEMBLED = -1;

/** The fields of a frame header; valid during the call of the handler only. */
export class Header {
  /** Term id at position 0. */
  readonly initialTermId: number;
  /** Length of a term in bytes. */
  readonly termLength: number;
  /** Start of the frame in {@link buffer}. */
  offset = 0;
  /** The bytes that contain the frame: the term, or the buffer of an assembled message. */
  buffer: Buffer;
  /** The image of the message. */
  readonly context: unknown;
  /** Bytes of all fragments of an assembled message, or -1. */
  fragmentedFrameLength = NOT_ASSEMBLED;

  constructor(initialTermId: number, termLength: number, buffer: Buffer, context: unknown = null) {
    this.context = context;
    this.initialTermId = initialTermId;
    this.termLength = termLength;
    this.buffer = buffer;
  }

  /** @internal The same header over a copy of its frame at `offset`. */
  copyAt(buffer: Buffer, offset: number): Header {
    const copy = new Header(this.initialTermId, this.termLength, buffer, this.context);
    copy.offset = offset;
    copy.fragmentedFrameLength = this.fragmentedFrameLength;
    return copy;
  }

  /** log2 of the term length. */
  get positionBitsToShift(): number {
    return Math.log2(this.termLength);
  }

  /** Length of the frame with its header of 32 bytes. */
  get frameLength(): number {
    return this.buffer.readInt32LE(this.offset);
  }

  /** Flags, 0 to 255: 0x80 marks the first fragment, 0x40 the last one. */
  get flags(): number {
    return this.buffer.readUInt8(this.offset + FRAME_FLAGS_OFFSET);
  }

  /** Type of the frame, 16 bits signed; 1: data. */
  get type(): number {
    return this.buffer.readInt16LE(this.offset + FRAME_TYPE_OFFSET);
  }

  /** Offset of the frame in its term, in bytes. */
  get termOffset(): number {
    return this.buffer.readInt32LE(this.offset + 8);
  }

  /** Session id of the publisher. */
  get sessionId(): number {
    return this.buffer.readInt32LE(this.offset + 12);
  }

  /** Stream id. */
  get streamId(): number {
    return this.buffer.readInt32LE(this.offset + 16);
  }

  /** Term id of the frame. */
  get termId(): number {
    return this.buffer.readInt32LE(this.offset + 20);
  }

  /** 64 bits that the publisher stores; 0 by default. */
  get reservedValue(): bigint {
    return this.buffer.readBigInt64LE(this.offset + RESERVED_VALUE_OFFSET);
  }

  /** Offset in the term after this message, in bytes. */
  get nextTermOffset(): number {
    return alignFrame(this.termOffset + Math.max(this.frameLength, this.fragmentedFrameLength));
  }

  /** Position of the stream after this message, in bytes. */
  get position(): number {
    return positionOf(this.termId, this.nextTermOffset, this.termLength, this.initialTermId);
  }
}
