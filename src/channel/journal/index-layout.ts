/**
 * The index of a segment: positions and times of its records. The segment itself remains a plain kekbit log.
 * docs/guides/journal.md, "Index files".
 *
 *      +---------------------------------------------------+
 *    0 | signature, "RWINDX01"                             |
 *      +---------------------------------------------------+
 *    8 | creation time of the journal, u64, in ticks       |  the index of another journal is ignored
 *      +---------------------------------------------------+
 *   16 | ordinal of the segment, u64                       |
 *      +---------------------------------------------------+
 *   24 | sequence number of its first record, u64          |
 *      +---------------------------------------------------+
 *   32 | creation time, u64, Unix nanoseconds              |
 *      +---------------------------------------------------+
 *   40 | CRC-32 of the bytes before, u32; zeros up to 64   |
 *      +---------------------------------------------------+
 *   64 | entries of 32 bytes, each: sequence number of a   |
 *      | record, its offset in the data area, time of the  |  three u64
 *      | entry; CRC-32 of these, u32; zeros                |
 *      +---------------------------------------------------+
 *
 * INV-JOURNAL-05: an entry is written after the publication of everything before it, so that a record starts, or will
 * start, at its offset. An entry with a wrong checksum, or one that does not ascend, ends the index.
 */
import { crc32 } from '../../platform/index.js';

const SIGNATURE = Buffer.from('RWINDX01', 'latin1');
const HEADER_CRC_OFFSET = 40;
/** Length of an index header in bytes. */
export const INDEX_HEADER_LENGTH = 64;
const ENTRY_CRC_OFFSET = 24;
/** Length of an index entry in bytes. */
export const INDEX_ENTRY_LENGTH = 32;

/** The header of an index file. */
export interface IndexHeader {
  /** Creation time of the journal, in its ticks. */
  readonly journal: bigint;
  /** Ordinal of the segment. */
  readonly ordinal: number;
  /** Sequence number of the first record of the segment. */
  readonly sequence: number;
  /** Creation time of the segment as Unix time in nanoseconds. */
  readonly created: bigint;
}

/** A record boundary in a segment. */
export interface IndexEntry {
  /** Sequence number of the record. */
  readonly sequence: number;
  /** Offset of the record in its segment in bytes. */
  readonly offset: number;
  /** Unix time in nanoseconds. All earlier records were published before it, this one and later ones were not. */
  readonly time: bigint;
}

/** Bytes of records between two entries of an index: a thousandth of the segment, at least a page. */
export function indexStride(capacity: number): number {
  return Math.max(4096, Math.ceil(capacity / 1024));
}

/** Encodes a header into {@link INDEX_HEADER_LENGTH} bytes. */
export function encodeIndexHeader(header: IndexHeader): Buffer {
  const bytes = Buffer.alloc(INDEX_HEADER_LENGTH);
  SIGNATURE.copy(bytes);
  bytes.writeBigUInt64LE(header.journal, 8);
  bytes.writeBigUInt64LE(BigInt(header.ordinal), 16);
  bytes.writeBigUInt64LE(BigInt(header.sequence), 24);
  bytes.writeBigUInt64LE(header.created, 32);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, HEADER_CRC_OFFSET)), HEADER_CRC_OFFSET);
  return bytes;
}

/** Decodes a header. Returns null if it is invalid. */
export function decodeIndexHeader(bytes: Buffer): IndexHeader | null {
  if (bytes.length < INDEX_HEADER_LENGTH) return null;
  if (!bytes.subarray(0, SIGNATURE.length).equals(SIGNATURE)) return null;
  if (bytes.readUInt32LE(HEADER_CRC_OFFSET) !== crc32(bytes.subarray(0, HEADER_CRC_OFFSET))) return null;
  return {
    journal: bytes.readBigUInt64LE(8),
    ordinal: Number(bytes.readBigUInt64LE(16)),
    sequence: Number(bytes.readBigUInt64LE(24)),
    created: bytes.readBigUInt64LE(32),
  };
}

/** Writes an entry into `bytes`, which has the length of an entry. */
export function encodeIndexEntry(bytes: Buffer, { sequence, offset, time }: IndexEntry): void {
  bytes.writeBigUInt64LE(BigInt(sequence), 0);
  bytes.writeBigUInt64LE(BigInt(offset), 8);
  bytes.writeBigUInt64LE(time, 16);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, ENTRY_CRC_OFFSET)), ENTRY_CRC_OFFSET);
}

/** Decodes the entries after a header, up to the first invalid one. `capacity`: of the segment in bytes. */
export function decodeIndexEntries(bytes: Buffer, first: IndexEntry, capacity: number): IndexEntry[] {
  const entries = [first];
  let last = first;
  for (let at = INDEX_HEADER_LENGTH; at + INDEX_ENTRY_LENGTH <= bytes.length; at += INDEX_ENTRY_LENGTH) {
    const entry = bytes.subarray(at, at + INDEX_ENTRY_LENGTH);
    if (entry.readUInt32LE(ENTRY_CRC_OFFSET) !== crc32(entry.subarray(0, ENTRY_CRC_OFFSET))) break;
    const next = {
      sequence: Number(entry.readBigUInt64LE(0)),
      offset: Number(entry.readBigUInt64LE(8)),
      time: entry.readBigUInt64LE(16),
    };
    if (next.sequence < last.sequence || next.offset <= last.offset || next.time < last.time) break;
    if (next.offset % 8 !== 0 || next.offset > capacity) break;
    entries.push(next);
    last = next;
  }
  return entries;
}
