/**
 * The metadata page of a log buffer: the last 4096 bytes of the file, after three terms. Source: Aeron 1.53
 * `LogBufferDescriptor`, C `aeron_logbuffer_metadata_t` (4-byte packed).
 *
 *      +---------------------------------------------------------------+
 *    0 | raw tails of partitions 0, 1, 2: i64 each,                    |  term id << 32 | term offset
 *      +---------------------------------------------------------------+
 *   24 | active term count i32; active partition = count mod 3         |
 *      +---------------------------------------------------------------+
 *  128 | end of stream position i64; 2^63-1 until known                |
 *  136 | is connected i32 | 140 active transport count i32             |
 *      +---------------------------------------------------------------+
 *  256 | correlation id i64 | 264 initial term id | 268 header length  |
 *  272 | MTU | 276 term length | 280 page size | 284 publication window |
 *  288 | receiver window | 292..312 socket buffers | 316 max resend    |
 *      +---------------------------------------------------------------+
 *  320 | default frame header, 32 of 128 bytes used                    |
 *      +---------------------------------------------------------------+
 *  448 | entity tag i64 | 456 response correlation id i64 | 464 linger |
 *  472 | untethered window limit i64 | 480 untethered resting i64      |
 *  488 | flags, a byte each | 496 revoked | 497 type | 500 untethered linger i64, not aligned
 *      +---------------------------------------------------------------+
 */
import { RingwireError } from '../../platform/index.js';
import {
  FRAME_HEADER_LENGTH,
  FRAME_TYPE_OFFSET,
  FrameFlag,
  FrameType,
  MAX_TERM_LENGTH,
  MIN_TERM_LENGTH,
  PARTITION_COUNT,
  SESSION_ID_OFFSET,
  STREAM_ID_OFFSET,
  TERM_ID_OFFSET,
} from './frame-layout.js';

export const LOG_METADATA_LENGTH = 4096;
export const RAW_TAIL_OFFSET = 0;
export const ACTIVE_TERM_COUNT_OFFSET = 24;
export const END_OF_STREAM_OFFSET = 128;
export const IS_CONNECTED_OFFSET = 136;
export const ACTIVE_TRANSPORT_COUNT_OFFSET = 140;
const CORRELATION_ID_OFFSET = 256;
const INITIAL_TERM_ID_OFFSET = 264;
const HEADER_LENGTH_OFFSET = 268;
const MTU_OFFSET = 272;
const TERM_LENGTH_OFFSET = 276;
const PAGE_SIZE_OFFSET = 280;
const WINDOW_OFFSET = 284;
export const DEFAULT_HEADER_OFFSET = 320;
const ENTITY_TAG_OFFSET = 448;
const RESPONSE_CORRELATION_ID_OFFSET = 456;
const LINGER_OFFSET = 464;
const UNTETHERED_WINDOW_LIMIT_OFFSET = 472;
const UNTETHERED_RESTING_OFFSET = 480;
const SPARSE_OFFSET = 492;
const SIGNAL_EOS_OFFSET = 493;
const SPIES_SIMULATE_CONNECTION_OFFSET = 494;
export const REVOKED_OFFSET = 496;
const TYPE_OFFSET = 497;
const UNTETHERED_LINGER_OFFSET = 500;

/** End of a stream that is still open. */
export const UNKNOWN_END = 0x7fff_ffff_ffff_ffffn;

/** Kind of a log (since 1.50). */
export const LogType = { Concurrent: 0, Exclusive: 1, Image: 2 } as const;
export type LogType = (typeof LogType)[keyof typeof LogType];

/** The fields of the metadata page that never change; lengths in bytes. */
export interface LogMetadata {
  readonly correlationId: bigint;
  readonly initialTermId: number;
  readonly mtuLength: number;
  readonly termLength: number;
  readonly pageSize: number;
  readonly publicationWindowLength: number;
  readonly sessionId: number;
  readonly streamId: number;
  readonly entityTag: bigint;
  readonly responseCorrelationId: bigint;
  readonly lingerTimeoutNs: bigint;
  readonly untetheredWindowLimitTimeoutNs: bigint;
  readonly untetheredRestingTimeoutNs: bigint;
  readonly untetheredLingerTimeoutNs: bigint;
  readonly sparse: boolean;
  readonly signalEos: boolean;
  readonly spiesSimulateConnection: boolean;
  readonly type: LogType;
}

/** Length of the whole file: three terms and the metadata, up to a multiple of the page size. */
export function logFileLength(termLength: number, pageSize: number): number {
  return Math.ceil((PARTITION_COUNT * termLength + LOG_METADATA_LENGTH) / pageSize) * pageSize;
}

/** The page of a new log, with initial tails, end of stream and connection state. */
export function encodeLogMetadata(log: LogMetadata): Buffer {
  const page = Buffer.alloc(LOG_METADATA_LENGTH);
  for (let i = 0; i < PARTITION_COUNT; i++) {
    const termId = BigInt(i === 0 ? log.initialTermId : (log.initialTermId + i - PARTITION_COUNT) | 0);
    page.writeBigInt64LE(BigInt.asIntN(64, termId << 32n), RAW_TAIL_OFFSET + 8 * i);
  }
  page.writeBigInt64LE(UNKNOWN_END, END_OF_STREAM_OFFSET);
  page.writeBigInt64LE(log.correlationId, CORRELATION_ID_OFFSET);
  page.writeInt32LE(log.initialTermId, INITIAL_TERM_ID_OFFSET);
  page.writeInt32LE(FRAME_HEADER_LENGTH, HEADER_LENGTH_OFFSET);
  page.writeInt32LE(log.mtuLength, MTU_OFFSET);
  page.writeInt32LE(log.termLength, TERM_LENGTH_OFFSET);
  page.writeInt32LE(log.pageSize, PAGE_SIZE_OFFSET);
  page.writeInt32LE(log.publicationWindowLength, WINDOW_OFFSET);
  const header = page.subarray(DEFAULT_HEADER_OFFSET);
  header.writeInt32LE((FrameType.Data << 16) | (FrameFlag.Unfragmented << 8), FRAME_TYPE_OFFSET - 2);
  header.writeInt32LE(log.sessionId, SESSION_ID_OFFSET);
  header.writeInt32LE(log.streamId, STREAM_ID_OFFSET);
  header.writeInt32LE(log.initialTermId, TERM_ID_OFFSET);
  page.writeBigInt64LE(log.entityTag, ENTITY_TAG_OFFSET);
  page.writeBigInt64LE(log.responseCorrelationId, RESPONSE_CORRELATION_ID_OFFSET);
  page.writeBigInt64LE(log.lingerTimeoutNs, LINGER_OFFSET);
  page.writeBigInt64LE(log.untetheredWindowLimitTimeoutNs, UNTETHERED_WINDOW_LIMIT_OFFSET);
  page.writeBigInt64LE(log.untetheredRestingTimeoutNs, UNTETHERED_RESTING_OFFSET);
  page.writeBigInt64LE(log.untetheredLingerTimeoutNs, UNTETHERED_LINGER_OFFSET);
  page.writeUInt8(log.sparse ? 1 : 0, SPARSE_OFFSET);
  page.writeUInt8(log.signalEos ? 1 : 0, SIGNAL_EOS_OFFSET);
  page.writeUInt8(log.spiesSimulateConnection ? 1 : 0, SPIES_SIMULATE_CONNECTION_OFFSET);
  page.writeUInt8(log.type, TYPE_OFFSET);
  return page;
}

/**
 * Decodes and checks the metadata page of a log of `fileLength` bytes.
 * @throws RingwireError `CORRUPT_CHANNEL` for a field outside its range or an unexpected file length
 */
export function decodeLogMetadata(page: Buffer, fileLength: number, path: string): LogMetadata {
  const termLength = page.readInt32LE(TERM_LENGTH_OFFSET);
  const pageSize = page.readInt32LE(PAGE_SIZE_OFFSET);
  const mtuLength = page.readInt32LE(MTU_OFFSET);
  refuseUnless(path, 'term length', termLength, isPowerOfTwo(termLength) && termLength >= MIN_TERM_LENGTH);
  refuseUnless(path, 'term length', termLength, termLength <= MAX_TERM_LENGTH);
  refuseUnless(path, 'page size', pageSize, isPowerOfTwo(pageSize) && pageSize >= LOG_METADATA_LENGTH);
  refuseUnless(path, 'file length', fileLength, fileLength === logFileLength(termLength, pageSize));
  refuseUnless(path, 'MTU', mtuLength, mtuLength > FRAME_HEADER_LENGTH && mtuLength % 32 === 0);
  const header = page.subarray(DEFAULT_HEADER_OFFSET);
  return {
    correlationId: page.readBigInt64LE(CORRELATION_ID_OFFSET),
    initialTermId: page.readInt32LE(INITIAL_TERM_ID_OFFSET),
    mtuLength,
    termLength,
    pageSize,
    publicationWindowLength: page.readInt32LE(WINDOW_OFFSET),
    sessionId: header.readInt32LE(SESSION_ID_OFFSET),
    streamId: header.readInt32LE(STREAM_ID_OFFSET),
    entityTag: page.readBigInt64LE(ENTITY_TAG_OFFSET),
    responseCorrelationId: page.readBigInt64LE(RESPONSE_CORRELATION_ID_OFFSET),
    lingerTimeoutNs: page.readBigInt64LE(LINGER_OFFSET),
    untetheredWindowLimitTimeoutNs: page.readBigInt64LE(UNTETHERED_WINDOW_LIMIT_OFFSET),
    untetheredRestingTimeoutNs: page.readBigInt64LE(UNTETHERED_RESTING_OFFSET),
    untetheredLingerTimeoutNs: page.readBigInt64LE(UNTETHERED_LINGER_OFFSET),
    sparse: page.readUInt8(SPARSE_OFFSET) !== 0,
    signalEos: page.readUInt8(SIGNAL_EOS_OFFSET) !== 0,
    spiesSimulateConnection: page.readUInt8(SPIES_SIMULATE_CONNECTION_OFFSET) !== 0,
    type: page.readUInt8(TYPE_OFFSET) as LogType,
  };
}

/** Splits a raw tail. The offset exceeds the term length after a claim beyond the end of the term. */
export function decodeRawTail(raw: bigint): { termId: number; termOffset: number } {
  return { termId: Number(raw >> 32n), termOffset: Number(raw & 0xffff_ffffn) };
}

function isPowerOfTwo(value: number): boolean {
  return value > 0 && (value & (value - 1)) === 0;
}

function refuseUnless(path: string, what: string, value: number, sound: boolean): void {
  if (sound) return;
  throw new RingwireError('CORRUPT_CHANNEL', `${path} is not a valid Aeron log buffer: ${what} ${value}`, {
    path,
    reason: what,
    length: value,
  });
}
