/**
 * Frames of a log buffer, and the arithmetic of positions. Source: Aeron 1.53 `DataHeaderFlyweight`,
 * `LogBufferDescriptor`.
 *
 *    0                   1                   2                   3
 *    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *   +---------------------------------------------------------------+
 *  0| frame length, header included; negative: claimed; 0: no frame |
 *   +---------------+---------------+-------------------------------+
 *  4| version, 0    | flags         | type                          |
 *   +---------------+---------------+-------------------------------+
 *  8| term offset of this frame                                     |
 *   +---------------------------------------------------------------+
 * 12| session id                                                    |
 *   +---------------------------------------------------------------+
 * 16| stream id                                                     |
 *   +---------------------------------------------------------------+
 * 20| term id                                                       |
 *   +---------------------------------------------------------------+
 * 24| reserved value, set by the publisher                          |
 *   |                                                               |
 *   +---------------------------------------------------------------+
 *   Frames begin at multiples of 32. Storing a positive frame length publishes the frame.
 */
export const FRAME_HEADER_LENGTH = 32;
export const FRAME_ALIGNMENT = 32;
/** What is added to a payload length before it is rounded down to {@link FRAME_ALIGNMENT}: header and alignment. */
export const FRAME_EXCESS = 63;
export const FRAME_LENGTH_OFFSET = 0;
export const FRAME_VERSION_OFFSET = 4;
export const FRAME_FLAGS_OFFSET = 5;
export const FRAME_TYPE_OFFSET = 6;
export const TERM_OFFSET_OFFSET = 8;
export const SESSION_ID_OFFSET = 12;
export const STREAM_ID_OFFSET = 16;
export const TERM_ID_OFFSET = 20;
export const RESERVED_VALUE_OFFSET = 24;

/** Type of a frame in a log. */
export const FrameType = { Padding: 0, Data: 1 } as const;
/** Flags of a frame. */
export const FrameFlag = {
  Begin: 0x80,
  End: 0x40,
  EndOfStream: 0x20,
  Revoked: 0x10,
  Unfragmented: 0xc0,
} as const;

/** Second word of the header of a whole message: type data, flags unfragmented, version 0. */
export const WHOLE_DATA = 0x1_c000;

export const MIN_TERM_LENGTH = 64 * 1024;
export const MAX_TERM_LENGTH = 2 ** 30;
export const PARTITION_COUNT = 3;
const MAX_MESSAGE_LENGTH = 16 * 2 ** 20;

/** The next multiple of 32. */
export function alignFrame(length: number): number {
  return Math.ceil(length / FRAME_ALIGNMENT) * FRAME_ALIGNMENT;
}

/** Bytes of a frame with a payload of `length` bytes, in 32-bit arithmetic. */
export function alignedFrame(length: number): number {
  return (length + FRAME_EXCESS) & -FRAME_ALIGNMENT;
}

/** Number of terms before this one. Term ids wrap at 2^32. */
export function termCount(termId: number, initialTermId: number): number {
  return (termId - initialTermId) | 0;
}

/** Position of an offset in a term, in bytes. */
export function positionOf(
  termId: number,
  termOffset: number,
  termLength: number,
  initialTermId: number,
): number {
  return termCount(termId, initialTermId) * termLength + termOffset;
}

/** The longest payload that fits in one frame. */
export function maxPayloadLength(mtu: number): number {
  return mtu - FRAME_HEADER_LENGTH;
}

/** The longest message, over all its fragments. */
export function maxMessageLength(termLength: number): number {
  return Math.min(termLength / 8, MAX_MESSAGE_LENGTH);
}

/** Bytes a message takes in the log, all its frames and their padding included. */
export function framedLength(length: number, maxPayload: number): number {
  if (length <= maxPayload) return alignFrame(length + FRAME_HEADER_LENGTH);
  const rest = length % maxPayload;
  const full = Math.floor(length / maxPayload) * (maxPayload + FRAME_HEADER_LENGTH);
  return full + (rest > 0 ? alignFrame(rest + FRAME_HEADER_LENGTH) : 0);
}

/** The decoded header of one frame. */
export interface FrameDescription {
  readonly offset: number;
  /** Negative while the frame is claimed and not committed. */
  readonly frameLength: number;
  readonly version: number;
  readonly flags: number;
  readonly type: number;
  readonly termOffset: number;
  readonly sessionId: number;
  readonly streamId: number;
  readonly termId: number;
  readonly reservedValue: bigint;
}

/** Decodes the header of a frame. */
export function decodeFrame(term: Buffer, offset: number): FrameDescription {
  return {
    offset,
    frameLength: term.readInt32LE(offset + FRAME_LENGTH_OFFSET),
    version: term.readUInt8(offset + FRAME_VERSION_OFFSET),
    flags: term.readUInt8(offset + FRAME_FLAGS_OFFSET),
    type: term.readInt16LE(offset + FRAME_TYPE_OFFSET),
    termOffset: term.readInt32LE(offset + TERM_OFFSET_OFFSET),
    sessionId: term.readInt32LE(offset + SESSION_ID_OFFSET),
    streamId: term.readInt32LE(offset + STREAM_ID_OFFSET),
    termId: term.readInt32LE(offset + TERM_ID_OFFSET),
    reservedValue: term.readBigInt64LE(offset + RESERVED_VALUE_OFFSET),
  };
}
