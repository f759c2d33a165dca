/**
 * cnc.dat: the command and control file that clients and their driver share. Source: Aeron 1.53 `CncFileDescriptor`.
 *
 *    0                   1                   2                   3
 *    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *   +---------------------------------------------------------------+
 *  0| CnC version: major << 16 | minor << 8 | patch; 0 until ready  |
 *   +---------------------------------------------------------------+
 *  4| to-driver ring length, trailer included                       |
 *   +---------------------------------------------------------------+
 *  8| to-clients broadcast length, trailer included                 |
 *   +---------------------------------------------------------------+
 * 12| counters metadata length                                      |
 *   +---------------------------------------------------------------+
 * 16| counters values length                                        |
 *   +---------------------------------------------------------------+
 * 20| error log length                                              |
 *   +---------------------------------------------------------------+
 * 24| client liveness timeout in nanoseconds, i64                   |
 *   |                                                               |
 *   +---------------------------------------------------------------+
 * 32| start of the driver, Unix time in milliseconds, i64           |
 *   |                                                               |
 *   +---------------------------------------------------------------+
 * 40| pid of the driver, i64                                        |
 *   |                                                               |
 *   +---------------------------------------------------------------+
 * 48| file page size; 0 before 1.48, meaning 4096                   |
 *   +---------------------------------------------------------------+
 *   | reserved up to byte 128; then the five sections without gaps, |
 *   | in the order of their lengths                                 |
 *   +---------------------------------------------------------------+
 */
import { RingwireError } from '../../platform/index.js';

export const CNC_HEADER_LENGTH = 128;
/** 0.2.0: the version that drivers write and Java clients require. */
export const CNC_VERSION = 0x000200;
export const CNC_VERSION_OFFSET = 0;
const SECTION_LENGTHS_OFFSET = 4;
const LIVENESS_TIMEOUT_OFFSET = 24;
const START_OFFSET = 32;
const PID_OFFSET = 40;
const PAGE_SIZE_OFFSET = 48;
const DEFAULT_PAGE_SIZE = 4096;

const SECTIONS = ['toDriver', 'toClients', 'counterMetadata', 'counterValues', 'errorLog'] as const;
/** Name of a section of cnc.dat. */
export type CncSection = (typeof SECTIONS)[number];

/** The header of cnc.dat and the location of its sections. Source: Aeron 1.53 `CncFileDescriptor`. */
export interface CncHeader {
  /** Version of the file: major << 16 | minor << 8 | patch. */
  readonly version: number;
  /** Nanoseconds without a heartbeat after which the driver removes a client. */
  readonly clientLivenessTimeoutNs: bigint;
  /** Start of the driver, Unix time in milliseconds. */
  readonly startTimestampMs: bigint;
  /** Pid of the driver. */
  readonly pid: bigint;
  /** Page size of the file in bytes; a driver before 1.48 stores 0, which means 4096. */
  readonly filePageSize: number;
  /** Offset and length of each section in the file, in bytes. */
  readonly sections: Readonly<Record<CncSection, { readonly offset: number; readonly length: number }>>;
  /** End of the last section in bytes: the shortest valid length of the file. */
  readonly sectionsEnd: number;
  /** Bytes of the whole file, a multiple of the page size. */
  readonly fileLength: number;
}

/** The fields of the header that a driver chooses. */
export interface CncHeaderFields extends Omit<CncHeader, 'sections' | 'sectionsEnd' | 'fileLength'> {
  readonly lengths: Readonly<Record<CncSection, number>>;
}

/** The header with version 0. The driver stores the version last, with release, when everything else is ready. */
export function encodeCncHeader(fields: CncHeaderFields): Buffer {
  const bytes = Buffer.alloc(CNC_HEADER_LENGTH);
  SECTIONS.forEach((name, i) => {
    bytes.writeInt32LE(fields.lengths[name], SECTION_LENGTHS_OFFSET + 4 * i);
  });
  bytes.writeBigInt64LE(fields.clientLivenessTimeoutNs, LIVENESS_TIMEOUT_OFFSET);
  bytes.writeBigInt64LE(fields.startTimestampMs, START_OFFSET);
  bytes.writeBigInt64LE(fields.pid, PID_OFFSET);
  bytes.writeInt32LE(fields.filePageSize, PAGE_SIZE_OFFSET);
  return bytes;
}

/**
 * Decodes the header of a driver that is ready.
 * @throws RingwireError `STORAGE_NOT_READY` while the version is 0, `INCOMPATIBLE_VERSION` for another major
 * version, `CORRUPT_CHANNEL` for lengths that are negative or add up to more than 2^31 - 1
 */
export function decodeCncHeader(bytes: Buffer, path: string): CncHeader {
  const version = bytes.readInt32LE(CNC_VERSION_OFFSET);
  if (version === 0) {
    throw new RingwireError('STORAGE_NOT_READY', `the media driver is still preparing ${path}: try again`, {
      path,
    });
  }
  if (version >> 16 !== CNC_VERSION >> 16) {
    throw new RingwireError(
      'INCOMPATIBLE_VERSION',
      `${path} has CnC version ${cncVersionText(version)}; this client supports ${cncVersionText(CNC_VERSION)}: use a driver of the same major version`,
      { path, expected: BigInt(CNC_VERSION), actual: BigInt(version) },
    );
  }
  const sections = {} as Record<CncSection, { offset: number; length: number }>;
  let offset = CNC_HEADER_LENGTH;
  SECTIONS.forEach((name, i) => {
    const length = bytes.readInt32LE(SECTION_LENGTHS_OFFSET + 4 * i);
    if (length < 0 || length % 8 !== 0 || offset + length > 0x7fff_ffff) throw impossible(path, name, length);
    sections[name] = { offset, length };
    offset += length;
  });
  if (sections.counterMetadata.length !== 4 * sections.counterValues.length) {
    throw impossible(path, 'counterMetadata', sections.counterMetadata.length);
  }
  const filePageSize = bytes.readInt32LE(PAGE_SIZE_OFFSET) || DEFAULT_PAGE_SIZE;
  return {
    version,
    clientLivenessTimeoutNs: bytes.readBigInt64LE(LIVENESS_TIMEOUT_OFFSET),
    startTimestampMs: bytes.readBigInt64LE(START_OFFSET),
    pid: bytes.readBigInt64LE(PID_OFFSET),
    filePageSize,
    sections,
    sectionsEnd: offset,
    fileLength: Math.ceil(offset / filePageSize) * filePageSize,
  };
}

/** The version as text: `0.2.0`. */
export function cncVersionText(version: number): string {
  return `${version >> 16}.${(version >> 8) & 0xff}.${version & 0xff}`;
}

function impossible(path: string, section: CncSection, length: number): RingwireError {
  return new RingwireError('CORRUPT_CHANNEL', `${path} claims ${length} bytes for its section ${section}`, {
    path,
    length,
    reason: section,
  });
}
