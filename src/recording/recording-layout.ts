/**
 * The file of a recording: a header, and entries one after the other; docs/format-recording.md.
 *
 *      +---------------------------------------------------------------+
 *    0 | signature, "RWRECD01"                                         |
 *      +---------------------------------------------------------------+
 *    8 | start of the recording, Unix time in nanoseconds, u64         |
 *      +---------------------------------------------------------------+
 *   16 | header of the channel, the first 128 bytes of its file        |
 *      +---------------------------------------------------------------+
 *  144 | 1 if the channel was a journal, otherwise 0, u32               |
 *      +---------------------------------------------------------------+
 *  148 | zeros, 8 bytes                                                |
 *      +---------------------------------------------------------------+
 *  156 | CRC-32 of the bytes before, u32                               |
 *      +---------------------------------------------------------------+
 *  160   entries
 *
 *      +---------------------------------------------------------------+
 *    0 | CRC-32 of the rest of the entry, u32                          |
 *      +---------------------------------------------------------------+
 *    4 | length of the body in bytes, u32                              |
 *      +---------------------------------------------------------------+
 *    8 | time since the start of the recording, nanoseconds, u64        |
 *      +---------------------------------------------------------------+
 *   16 | kind: 1 record, 2 loss, 3 end, u32                            |
 *      +---------------------------------------------------------------+
 *   20 | body                                                          |
 *      +---------------------------------------------------------------+
 *
 * Body of a record: its payload. Of a loss: records u64, bytes u64, from position u64, to position u64. Of the end:
 * reason u32 (1 closed, 2 stopped, 3 writer gone, 4 channel damaged), zero u32, records u64, lost records u64.
 * All integers are little endian.
 */
import {
  CHANNEL_HEADER_LENGTH,
  type ChannelHeader,
  decodeChannelHeader,
  encodeChannelHeader,
  type Loss,
  type RingHeader,
} from '../channel/index.js';
import { crc32, RingwireError } from '../platform/index.js';

const SIGNATURE = Buffer.from('RWRECD01', 'latin1');
/** Length of the part of the signature that all versions share. */
const FAMILY_LENGTH = 6;

const START_OFFSET = 8;
const CHANNEL_OFFSET = START_OFFSET + 8;
const JOURNAL_OFFSET = CHANNEL_OFFSET + CHANNEL_HEADER_LENGTH;
const HEADER_CRC_OFFSET = 156;
/** Length of the header of a recording in bytes. */
export const RECORDING_HEADER_LENGTH = HEADER_CRC_OFFSET + 4;

const LENGTH_OFFSET = 4;
const TIME_OFFSET = LENGTH_OFFSET + 4;
const KIND_OFFSET = TIME_OFFSET + 8;
/** Length of the header of an entry in bytes. */
export const ENTRY_HEADER_LENGTH = KIND_OFFSET + 4;

/** Kinds of entries. */
export const EntryKind = { Record: 1, Loss: 2, End: 3 } as const;

const LOSS_LENGTH = 32;
const END_LENGTH = 24;

const ENDS = ['closed', 'stopped', 'writer gone', 'channel damaged'] as const;
/** Why a recording ended. `stopped`: the user stopped it. */
export type RecordingEnd = (typeof ENDS)[number];

/** The header of a recording. */
export interface RecordingHeader {
  /** Start of the recording as Unix time in nanoseconds. */
  readonly start: bigint;
  /** Header of the recorded channel. */
  readonly channel: ChannelHeader | RingHeader;
  /** Whether the header is that of a journal. Its capacity is that of each segment. */
  readonly journal: boolean;
}

/** The last entry of a complete recording. */
export interface EndEntry {
  /** Why the recording ended. */
  readonly end: RecordingEnd;
  /** Number of records in the recording. */
  readonly records: number;
  /** Number of records that a ring overwrote before they were recorded. */
  readonly lost: number;
}

/** A loss, as an entry of a recording stores it. */
export type RecordedLoss = Omit<Loss, 'possiblyTorn'>;

/** Encodes a header into {@link RECORDING_HEADER_LENGTH} bytes. */
export function encodeRecordingHeader({ start, channel, journal }: RecordingHeader): Buffer {
  const bytes = Buffer.alloc(RECORDING_HEADER_LENGTH);
  SIGNATURE.copy(bytes);
  bytes.writeBigUInt64LE(start, START_OFFSET);
  encodeChannelHeader(channel).copy(bytes, CHANNEL_OFFSET);
  bytes.writeUInt32LE(journal ? 1 : 0, JOURNAL_OFFSET);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, HEADER_CRC_OFFSET)), HEADER_CRC_OFFSET);
  return bytes;
}

/**
 * Decodes and checks the header of a recording. `bytes` may be shorter than a header.
 * @throws RingwireError `INVALID_SIGNATURE`, `INCOMPATIBLE_VERSION`, `STORAGE_TRUNCATED`, `CHECKSUM_MISMATCH`, and
 * the errors of the header of the channel
 */
export function decodeRecordingHeader(bytes: Buffer, path: string): RecordingHeader {
  const known = Math.min(bytes.length, FAMILY_LENGTH);
  if (bytes.compare(SIGNATURE, 0, known, 0, known) !== 0) {
    throw new RingwireError('INVALID_SIGNATURE', `${path} is not a recording: wrong signature`, { path });
  }
  if (bytes.length < RECORDING_HEADER_LENGTH) {
    const details = { path, length: bytes.length, needed: RECORDING_HEADER_LENGTH };
    throw new RingwireError('STORAGE_TRUNCATED', `${path} ends inside of its header`, details);
  }
  if (bytes.compare(SIGNATURE, 0, SIGNATURE.length, 0, SIGNATURE.length) !== 0) {
    const version = bytes.toString('latin1', FAMILY_LENGTH, SIGNATURE.length);
    throw new RingwireError('INCOMPATIBLE_VERSION', `${path} has version ${version}, this reads 01`, {
      path,
    });
  }
  if (bytes.readUInt32LE(HEADER_CRC_OFFSET) !== crc32(bytes.subarray(0, HEADER_CRC_OFFSET))) {
    throw new RingwireError(
      'CHECKSUM_MISMATCH',
      `the header of ${path} is damaged: restore the file from a copy`,
      { path },
    );
  }
  const channel = bytes.subarray(CHANNEL_OFFSET, CHANNEL_OFFSET + CHANNEL_HEADER_LENGTH);
  return {
    start: bytes.readBigUInt64LE(START_OFFSET),
    channel: decodeChannelHeader(channel, path),
    journal: bytes.readUInt32LE(JOURNAL_OFFSET) === 1,
  };
}

/** Writes the header of an entry before its body. `nanos`: a whole number. */
export function sealEntry(bytes: Buffer, at: number, kind: number, nanos: number, length: number): void {
  bytes.writeUInt32LE(length, at + LENGTH_OFFSET);
  bytes.writeUInt32LE(nanos % 2 ** 32, at + TIME_OFFSET);
  bytes.writeUInt32LE(Math.floor(nanos / 2 ** 32), at + TIME_OFFSET + 4);
  bytes.writeUInt32LE(kind, at + KIND_OFFSET);
  bytes.writeUInt32LE(crc32(bytes.subarray(at + LENGTH_OFFSET, at + ENTRY_HEADER_LENGTH + length)), at);
}

/** Whether the checksum of the entry at `at` is correct. `length`: of its body. */
export function isSealed(bytes: Buffer, at: number, length: number): boolean {
  const rest = bytes.subarray(at + LENGTH_OFFSET, at + ENTRY_HEADER_LENGTH + length);
  return bytes.readUInt32LE(at) === crc32(rest);
}

/** Returns the length of the body of the entry at `at`, in bytes. */
export function bodyLength(bytes: Buffer, at: number): number {
  return bytes.readUInt32LE(at + LENGTH_OFFSET);
}

/** Returns the time of an entry in nanoseconds since the start; exact for the first hundred days. */
export function entryTime(bytes: Buffer, at: number): number {
  return bytes.readUInt32LE(at + TIME_OFFSET + 4) * 2 ** 32 + bytes.readUInt32LE(at + TIME_OFFSET);
}

/** Returns the kind of the entry at `at`. */
export function entryKind(bytes: Buffer, at: number): number {
  return bytes.readUInt32LE(at + KIND_OFFSET);
}

/** Maximum length of a body in a recording of this channel, in bytes. */
export function longestBody({ channel }: RecordingHeader): number {
  return Math.max(channel.maxMessageLength, LOSS_LENGTH);
}

/** Encodes the body of a loss. */
export function encodeLoss({ records, bytes, from, to }: RecordedLoss): Buffer {
  const body = Buffer.alloc(LOSS_LENGTH);
  for (const [i, value] of [records, bytes, from, to].entries()) body.writeBigUInt64LE(BigInt(value), i * 8);
  return body;
}

/** Decodes the body of a loss. Returns null if it is invalid. */
export function decodeLoss(body: Buffer): RecordedLoss | null {
  if (body.length !== LOSS_LENGTH) return null;
  const [records, bytes, from, to] = [0, 8, 16, 24].map((at) => Number(body.readBigUInt64LE(at))) as [
    number,
    number,
    number,
    number,
  ];
  return { records, bytes, from, to };
}

/** Encodes the body of the last entry. */
export function encodeEnd({ end, records, lost }: EndEntry): Buffer {
  const body = Buffer.alloc(END_LENGTH);
  body.writeUInt32LE(ENDS.indexOf(end) + 1);
  body.writeBigUInt64LE(BigInt(records), 8);
  body.writeBigUInt64LE(BigInt(lost), 16);
  return body;
}

/** Decodes the body of the last entry. Returns null if it is invalid. */
export function decodeEnd(body: Buffer): EndEntry | null {
  const end = body.length === END_LENGTH ? ENDS[body.readUInt32LE() - 1] : undefined;
  if (end === undefined) return null;
  return { end, records: Number(body.readBigUInt64LE(8)), lost: Number(body.readBigUInt64LE(16)) };
}
