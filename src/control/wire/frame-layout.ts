/**
 * One frame of the control socket (cliwrap v0.1.0 to v0.4.6, `internal/ipc`), big-endian:
 *
 *   0        2   3    4     5                13            17
 *   +--------+---+----+-----+----------------+-------------+----------------+
 *   | C1 D9  |01 |type|flags| seq (u64)      | length (u32)| body           |
 *   +--------+---+----+-----+----------------+-------------+----------------+
 *
 * The length counts the body alone, 0 to 16 MiB inclusive. The body is one msgpack map, or nothing.
 */
import { ControlError } from '../control-error.js';

/** Bytes of a header. */
export const HEADER_LENGTH = 17;
/** Largest number of bytes of a body. */
export const MAX_BODY_LENGTH = 16 * 1024 * 1024;

const MAGIC_0 = 0xc1;
const MAGIC_1 = 0xd9;
const VERSION = 1;
const TYPE_OFFSET = 3;
const FLAGS_OFFSET = 4;
const SEQ_OFFSET = 5;
const LENGTH_OFFSET = 13;

/** The fields of a header after magic and version. */
export interface ControlFrameHeader {
  readonly type: number;
  /** Sent as 0 on this socket, and ignored. */
  readonly flags: number;
  /** 0 to 2^64-1. */
  readonly seq: bigint;
  /** Bytes of the body. */
  readonly length: number;
}

/** One frame. */
export interface ControlFrame {
  /** Type of the message, 0 to 255: see {@link MessageType}. */
  readonly type: number;
  /** 0 on this socket; a receiver ignores it. */
  readonly flags: number;
  /** Sequence number of the request, 0 to 2^64-1, echoed by its reply. Log and event frames carry 0. */
  readonly seq: bigint;
  /** One msgpack map, or empty: `decodeBody` reads it. At most 16 MiB. */
  readonly body: Buffer;
}

/** Writes a header for `length` body bytes to the start of `buffer`. @throws ControlError `FRAME_TOO_LONG` */
export function putHeader(buffer: Buffer, type: number, seq: bigint, length: number): void {
  if (length > MAX_BODY_LENGTH) {
    throw new ControlError(
      'FRAME_TOO_LONG',
      `a body has ${length} bytes, a frame takes ${MAX_BODY_LENGTH}: send less`,
    );
  }
  buffer[0] = MAGIC_0;
  buffer[1] = MAGIC_1;
  buffer[2] = VERSION;
  buffer[TYPE_OFFSET] = type;
  buffer[FLAGS_OFFSET] = 0;
  buffer.writeBigUInt64BE(seq, SEQ_OFFSET);
  buffer.writeUInt32BE(length, LENGTH_OFFSET);
}

/** A frame with this body. @throws ControlError `FRAME_TOO_LONG` */
export function encodeControlFrame(type: number, seq: bigint, body: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(HEADER_LENGTH + body.length);
  putHeader(frame, type, seq, body.length);
  frame.set(body, HEADER_LENGTH);
  return frame;
}

/**
 * Reads the 17 bytes at the start of `buffer`; checks magic, version and length in the order of the original.
 * @throws ControlError `BAD_MAGIC`, `BAD_VERSION`, `FRAME_TOO_LONG`, with the texts of the original
 */
export function decodeControlHeader(buffer: Buffer): ControlFrameHeader {
  if (buffer[0] !== MAGIC_0 || buffer[1] !== MAGIC_1) {
    throw new ControlError('BAD_MAGIC', 'ipc: frame magic bytes mismatch');
  }
  if (buffer[2] !== VERSION) throw new ControlError('BAD_VERSION', 'ipc: unsupported protocol version');
  const length = buffer.readUInt32BE(LENGTH_OFFSET);
  if (length > MAX_BODY_LENGTH) throw new ControlError('FRAME_TOO_LONG', 'ipc: frame length exceeds maximum');
  return {
    type: buffer[TYPE_OFFSET] as number,
    flags: buffer[FLAGS_OFFSET] as number,
    seq: buffer.readBigUInt64BE(SEQ_OFFSET),
    length,
  };
}
