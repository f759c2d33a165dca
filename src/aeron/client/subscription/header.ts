/** The header of the fragment a handler is looking at: one object for all, valid during the call. */
import {
  alignFrame,
  FRAME_FLAGS_OFFSET,
  FRAME_TYPE_OFFSET,
  positionOf,
  RESERVED_VALUE_OFFSET,
} from '../../layout/frame-layout.js';

const NOT_ASSEMBLED = -1;

export class Header {
  readonly initialTermId: number;
  readonly termLength: number;
  /** Where the frame begins in {@link buffer}. */
  offset = 0;
  buffer: Buffer;
  /** The image the message came from. */
  readonly context: unknown;
  /** Bytes all fragments of an assembled message take, or -1. */
  fragmentedFrameLength = NOT_ASSEMBLED;

  constructor(initialTermId: number, termLength: number, buffer: Buffer, context: unknown = null) {
    this.context = context;
    this.initialTermId = initialTermId;
    this.termLength = termLength;
    this.buffer = buffer;
  }

  /** @internal The same header over a copy of its frame that begins at `offset`. */
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

  get frameLength(): number {
    return this.buffer.readInt32LE(this.offset);
  }

  get flags(): number {
    return this.buffer.readUInt8(this.offset + FRAME_FLAGS_OFFSET);
  }

  get type(): number {
    return this.buffer.readInt16LE(this.offset + FRAME_TYPE_OFFSET);
  }

  get termOffset(): number {
    return this.buffer.readInt32LE(this.offset + 8);
  }

  get sessionId(): number {
    return this.buffer.readInt32LE(this.offset + 12);
  }

  get streamId(): number {
    return this.buffer.readInt32LE(this.offset + 16);
  }

  get termId(): number {
    return this.buffer.readInt32LE(this.offset + 20);
  }

  /** What the publisher's reserved value supplier gave. */
  get reservedValue(): bigint {
    return this.buffer.readBigInt64LE(this.offset + RESERVED_VALUE_OFFSET);
  }

  get nextTermOffset(): number {
    return alignFrame(this.termOffset + Math.max(this.frameLength, this.fragmentedFrameLength));
  }

  /** Position of the stream behind this message, in bytes. */
  get position(): number {
    return positionOf(this.termId, this.nextTermOffset, this.termLength, this.initialTermId);
  }
}
