/**
 * The frame of VLP: 32 bytes, little endian. Source: varta-vlp 0.1.0 (wire version 1) and its 0.2 line (version 2).
 *
 *      0               1               2               3
 *      +---------------+---------------+---------------+---------------+
 *    0 | 'V'           | 'A'           | version       | status        |
 *      +---------------+---------------+---------------+---------------+
 *    4 | pid, u32                                                      |
 *      +---------------------------------------------------------------+
 *    8 | timestamp, u64: nanoseconds since the agent connected         |
 *      |                                                               |
 *      +---------------------------------------------------------------+
 *   16 | nonce, u64: 1 for the first beat; 2^64-1 for the last frame   |
 *      | of a process that crashes                                     |
 *      +---------------------------------------------------------------+
 *   24 | payload: u64 in version 1, u32 in version 2                   |
 *      +---------------------------------------------------------------+
 *   28 | version 1: high half of the payload; version 2: CRC-32C of 0..28
 *      +---------------------------------------------------------------+
 *
 * 64-bit fields are handled as two halves: numbers lose bits above 2^53, BigInts allocate.
 */
import { hrtime } from 'node:process';
import { crc32c, signedCrc32cOfWords } from './crc32c.js';
import { DecodeError, type DecodeErrorDetails } from './decode-error.js';
import { Status } from './status.js';

/** Version of the wire format. */
export type WireVersion = 1 | 2;

/** Bytes of a frame. */
export const FRAME_LENGTH = 32;
const VERSION_OFFSET = 2;
const STATUS_OFFSET = 3;
/** Offset of the pid, u32. */
export const PID_OFFSET = 4;
/** Offset of the timestamp, u64. */
export const TIMESTAMP_OFFSET = 8;
/** Offset of the nonce, u64. */
export const NONCE_OFFSET = 16;
/** Offset of the payload, u64 or u32. */
export const PAYLOAD_OFFSET = 24;
const CRC_OFFSET = 28;

const MAGIC_LOW = 0x56;
const MAGIC_HIGH = 0x41;
const ALL_ONES = 0xffff_ffff;

/** The nonce of the last frame of a crashing process. */
export const NONCE_TERMINAL = 0xffff_ffff_ffff_ffffn;

/** A decoded frame. Source: varta-vlp 0.1.0 (version 1) and its 0.2 line (version 2). */
export interface VlpFrame {
  /** Version of the wire format. */
  readonly version: WireVersion;
  /** Status of the agent. */
  readonly status: Status;
  /** Pid of the agent, 32 bits unsigned. */
  readonly pid: number;
  /** Nanoseconds since the agent connected. */
  readonly timestamp: bigint;
  /** Nonce, 0 to 2^64-1: 1 for the first beat, 2^64-1 for the terminal frame. */
  readonly nonce: bigint;
  /** Payload: 0 to 2^64-1 in version 1, 0 to 2^32-1 in version 2. */
  readonly payload: bigint;
}

/** A reusable frame, in its own memory or in that of a channel, and the clock of its timestamps. */
export class FrameBuffer {
  /** The memory of this frame. */
  readonly bytes: Buffer;
  readonly #i32: Int32Array;
  /** Destination of {@link encode} and its first word. */
  #target: Int32Array;
  #at = 0;
  readonly #start: bigint;
  readonly #now = new BigUint64Array(1);
  readonly #nowHalves = new Uint32Array(this.#now.buffer);
  #lastHigh = 0;
  #lastLow = 0;

  /** Timestamps count from this call. */
  constructor() {
    const memory = new ArrayBuffer(FRAME_LENGTH);
    this.bytes = Buffer.from(memory);
    this.#i32 = new Int32Array(memory);
    this.#target = this.#i32;
    this.#start = hrtime.bigint();
  }

  /** Whether the frame is written to {@link bytes}, the initial destination. */
  get isHere(): boolean {
    return this.#target === this.#i32;
  }

  /** Writes the next frame to {@link bytes}. */
  placeHere(): void {
    this.#target = this.#i32;
    this.#at = 0;
  }

  /** Writes the next frame to `words` from word `at`, which avoids a copy. */
  placeAt(words: Int32Array, at: number): void {
    this.#target = words;
    this.#at = at;
  }

  /** Writes all fields and the current time. Each number is a u32. Version 2 does not send `payloadHigh`. */
  encode(
    version: WireVersion,
    status: number,
    pid: number,
    nonceHigh: number,
    nonceLow: number,
    payloadHigh: number,
    payloadLow: number,
  ): void {
    this.#readClock();
    const words = this.#target;
    const at = this.#at;
    words[at] = MAGIC_LOW | (MAGIC_HIGH << 8) | (version << 16) | (status << 24);
    words[at + 1] = pid;
    words[at + 2] = this.#lastLow;
    words[at + 3] = this.#lastHigh;
    words[at + 4] = nonceLow;
    words[at + 5] = nonceHigh;
    words[at + 6] = payloadLow;
    words[at + 7] = version === 1 ? payloadHigh : signedCrc32cOfWords(words, at, CRC_OFFSET / 4);
  }

  /** A BigInt stored from the clock directly into a typed array causes no allocation in optimized code. */
  #readClock(): void {
    this.#now[0] = BigInt.asUintN(64, hrtime.bigint() - this.#start);
    const low = this.#nowHalves[0] as number;
    const high = this.#nowHalves[1] as number;
    if (high > this.#lastHigh || (high === this.#lastHigh && low >= this.#lastLow)) {
      this.#lastHigh = high;
      this.#lastLow = low;
    }
  }
}

/**
 * Encodes a frame of 32 bytes. Does not check the rules of the protocol, which a decoder enforces.
 * @throws RangeError when a field does not fit its width
 */
export function encodeVlpFrame(frame: VlpFrame): Buffer {
  const { version, status, pid, timestamp, nonce, payload } = frame;
  const bytes = Buffer.alloc(FRAME_LENGTH);
  bytes.set([MAGIC_LOW, MAGIC_HIGH, version, status]);
  bytes.writeUInt32LE(pid, PID_OFFSET);
  bytes.writeBigUInt64LE(timestamp, TIMESTAMP_OFFSET);
  bytes.writeBigUInt64LE(nonce, NONCE_OFFSET);
  if (version === 1) {
    bytes.writeBigUInt64LE(payload, PAYLOAD_OFFSET);
  } else {
    if (payload < 0n || payload > BigInt(ALL_ONES)) throw new RangeError('payload must fit 32 bits');
    bytes.writeUInt32LE(Number(payload), PAYLOAD_OFFSET);
    bytes.writeUInt32LE(crc32c(bytes, 0, CRC_OFFSET), CRC_OFFSET);
  }
  return bytes;
}

/**
 * Decodes 32 bytes.
 * @param at offset of the frame in bytes; default 0
 * @param accept accepted versions; default: both, distinguished by byte 2
 * @throws DecodeError for the first violated rule
 */
export function decodeVlpFrame(bytes: Buffer, at = 0, accept: readonly WireVersion[] = [1, 2]): VlpFrame {
  const error = frameError(bytes, at, accept.includes(1), accept.includes(2));
  if (error !== null) throw error;
  const version = bytes[at + VERSION_OFFSET] as WireVersion;
  return {
    version,
    status: bytes[at + STATUS_OFFSET] as Status,
    pid: bytes.readUInt32LE(at + PID_OFFSET),
    timestamp: bytes.readBigUInt64LE(at + TIMESTAMP_OFFSET),
    nonce: bytes.readBigUInt64LE(at + NONCE_OFFSET),
    payload:
      version === 1
        ? bytes.readBigUInt64LE(at + PAYLOAD_OFFSET)
        : BigInt(bytes.readUInt32LE(at + PAYLOAD_OFFSET)),
  };
}

/** Error of the 32 bytes at `at`, or null for a valid frame. The order of the rules is normative. */
export function frameError(
  bytes: Buffer,
  at: number,
  acceptVersion1: boolean,
  acceptVersion2: boolean,
): DecodeError | null {
  if (bytes[at] !== MAGIC_LOW || bytes[at + 1] !== MAGIC_HIGH) return refuse('BadMagic');
  const version = bytes[at + VERSION_OFFSET];
  const status = bytes[at + STATUS_OFFSET] as number;
  if (version === 1 && acceptVersion1) {
    return status > Status.Stall ? refuse('BadStatus', { byte: status }) : null;
  }
  if (version !== 2 || !acceptVersion2) return refuse('BadVersion');
  const actual = bytes.readUInt32LE(at + CRC_OFFSET);
  const expected = crc32c(bytes, at, CRC_OFFSET);
  if (actual !== expected) return refuse('BadCrc', { expected, actual });
  if (status > Status.Stall) return refuse('BadStatus', { byte: status });
  if (status === Status.Stall) return refuse('StallOnWire');
  const pid = bytes.readUInt32LE(at + PID_OFFSET);
  if (pid < 2) return refuse('BadPid', { pid });
  if (allOnes(bytes, at + TIMESTAMP_OFFSET)) return refuse('BadTimestamp', { timestamp: NONCE_TERMINAL });
  if (allOnes(bytes, at + NONCE_OFFSET) && status !== Status.Critical) {
    return refuse('BadNonce', { nonce: NONCE_TERMINAL, status: status as Status });
  }
  return null;
}

/** Whether all 64 bits at `at` are set. */
export function allOnes(bytes: Buffer, at: number): boolean {
  return bytes.readUInt32LE(at) === ALL_ONES && bytes.readUInt32LE(at + 4) === ALL_ONES;
}

function refuse(kind: DecodeError['kind'], details?: DecodeErrorDetails): DecodeError {
  return new DecodeError(kind, details);
}
