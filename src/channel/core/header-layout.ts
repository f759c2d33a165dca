/**
 * The header of a log channel. Source: kekbit 0.1 to 0.3, `Header` / `Metadata`; docs/format.md.
 *
 *    0                   1                   2                   3
 *    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *   +---------------------------------------------------------------+
 *  0| signature, "*KEKBIT*"                                         |
 *   |                                                               |
 *   +---------------------------------------------------------------+
 *  8| version: patch u32, minor u16, major u16                      |
 *   |                                                               |
 *   +---------------------------------------------------------------+
 * 16| writer id, u64                                                |
 *   |                                                               |
 *   +---------------------------------------------------------------+
 * 24| channel id, u64                                               |
 *   |                                                               |
 *   +---------------------------------------------------------------+
 * 32| capacity of the data area in bytes, u32                       |
 *   +---------------------------------------------------------------+
 * 36| largest record in bytes, u32                                  |
 *   +---------------------------------------------------------------+
 * 40| timeout in ticks, u64                                         |
 *   |                                                               |
 *   +---------------------------------------------------------------+
 * 48| creation time, Unix time in ticks, u64                        |
 *   |                                                               |
 *   +---------------+-----------------------------------------------+
 * 56| tick unit id  | zeros up to byte 1023                         |
 *   +---------------+-----------------------------------------------+
 *
 * All integers are little endian. The header never changes after creation.
 */
import { RingwireError } from '../../platform/index.js';
import { type TickUnit, tickUnitFromId } from './tick-unit.js';

/** "*KEKBIT*" as a little-endian word. */
export const SIGNATURE = 0x2a54_4942_4b45_4b2an;
/** 1.0.0, the only version word that kekbit wrote. */
export const LOG_VERSION = 0x0001_0000_0000_0000n;
/** Length of the header in bytes: fields and reserved bytes. */
export const HEADER_LENGTH = 128;

/** Offset of the signature, in bytes. */
export const SIGNATURE_OFFSET = 0;
/** Offset of the version word, in bytes. */
export const VERSION_OFFSET = SIGNATURE_OFFSET + 8;
const WRITER_ID_OFFSET = VERSION_OFFSET + 8;
const CHANNEL_ID_OFFSET = WRITER_ID_OFFSET + 8;
/** Offset of the capacity, in bytes. */
export const CAPACITY_OFFSET = CHANNEL_ID_OFFSET + 8;
/** Offset of the length of the largest record, in bytes. */
export const MAX_MESSAGE_LENGTH_OFFSET = CAPACITY_OFFSET + 4;
const TIMEOUT_OFFSET = MAX_MESSAGE_LENGTH_OFFSET + 4;
const CREATION_TIME_OFFSET = TIMEOUT_OFFSET + 8;
const TICK_UNIT_OFFSET = CREATION_TIME_OFFSET + 8;

/** The header of a channel. The four 64-bit fields are exact. */
export interface ChannelHeader {
  /** Version of the format: patch in bits 0 to 31, minor in bits 32 to 47, major in bits 48 to 63. */
  readonly version: bigint;
  /** The id that the creator of the channel gave itself, 0 to 2^64-1. */
  readonly writerId: bigint;
  /** The id of the channel, 0 to 2^64-1. */
  readonly channelId: bigint;
  /** Capacity of the data area in bytes. */
  readonly capacity: number;
  /** Length of the largest record in bytes. */
  readonly maxMessageLength: number;
  /** Ticks without a record or heartbeat after which readers report a timeout; 2^64-1 means never. */
  readonly timeout: bigint;
  /** Creation time as Unix time in ticks. */
  readonly creationTime: bigint;
  /** Unit of {@link timeout} and {@link creationTime}. */
  readonly tickUnit: TickUnit;
}

/** Encodes a header into {@link HEADER_LENGTH} bytes. */
export function encodeHeader(header: ChannelHeader): Buffer {
  const bytes = Buffer.alloc(HEADER_LENGTH);
  bytes.writeBigUInt64LE(SIGNATURE, SIGNATURE_OFFSET);
  bytes.writeBigUInt64LE(header.version, VERSION_OFFSET);
  bytes.writeBigUInt64LE(header.writerId, WRITER_ID_OFFSET);
  bytes.writeBigUInt64LE(header.channelId, CHANNEL_ID_OFFSET);
  bytes.writeUInt32LE(header.capacity, CAPACITY_OFFSET);
  bytes.writeUInt32LE(header.maxMessageLength, MAX_MESSAGE_LENGTH_OFFSET);
  bytes.writeBigUInt64LE(header.timeout, TIMEOUT_OFFSET);
  bytes.writeBigUInt64LE(header.creationTime, CREATION_TIME_OFFSET);
  bytes.writeUInt8(header.tickUnit, TICK_UNIT_OFFSET);
  return bytes;
}

/** Reads the version word of a file from its first 16 bytes. Returns null if they are not those of a channel. */
export function peekVersion(bytes: Buffer): bigint | null {
  return bytes.readBigUInt64LE(SIGNATURE_OFFSET) === SIGNATURE ? bytes.readBigUInt64LE(VERSION_OFFSET) : null;
}

/**
 * Reads the fields of a header without checking their ranges.
 * @throws RingwireError `INVALID_TICK_UNIT`
 */
export function readHeaderFields(bytes: Buffer): ChannelHeader {
  return {
    version: bytes.readBigUInt64LE(VERSION_OFFSET),
    writerId: bytes.readBigUInt64LE(WRITER_ID_OFFSET),
    channelId: bytes.readBigUInt64LE(CHANNEL_ID_OFFSET),
    capacity: bytes.readUInt32LE(CAPACITY_OFFSET),
    maxMessageLength: bytes.readUInt32LE(MAX_MESSAGE_LENGTH_OFFSET),
    timeout: bytes.readBigUInt64LE(TIMEOUT_OFFSET),
    creationTime: bytes.readBigUInt64LE(CREATION_TIME_OFFSET),
    tickUnit: tickUnitFromId(bytes.readUInt8(TICK_UNIT_OFFSET)),
  };
}

/** Formats a version word as text: `1.0.0`. */
export function versionText(version: bigint): string {
  return `${version >> 48n}.${(version >> 32n) & 0xffffn}.${version & 0xffff_ffffn}`;
}

/** Error for an invalid capacity. */
export function invalidCapacity(path: string, capacity: number, reason: string): RingwireError {
  return new RingwireError('INVALID_CAPACITY', `${path}: ${reason} (${capacity})`, {
    path,
    capacity,
    reason,
  });
}

/** Error for an invalid length of the largest record. */
export function invalidMaxMessageLength(path: string, messageLength: number, reason: string): RingwireError {
  return new RingwireError('INVALID_MAX_MESSAGE_LENGTH', `${path}: ${reason} (${messageLength})`, {
    path,
    messageLength,
    reason,
  });
}
