/**
 * The index beside a segment: which record stands where, and since when. The segment itself stays a plain kekbit log.
 * docs/guides/journal.md, "Index files".
 *
 *      +---------------------------------------------------+
 *    0 | signature, "RWINDX01"                             |
 *      +---------------------------------------------------+
 *    8 | creation time of the journal, u64, in ticks       |  the index of another journal is none
 *      +---------------------------------------------------+
 *   16 | ordinal of the segment, u64                       |
 *      +---------------------------------------------------+
 *   24 | sequence number of its first record, u64          |
 *      +---------------------------------------------------+
 *   32 | when it was created, u64, Unix nanoseconds        |
 *      +---------------------------------------------------+
 *   40 | CRC-32 of the bytes before, u32; zeros up to 64   |
 *      +---------------------------------------------------+
 *   64 | entries of 32 bytes, each: sequence number of a   |
 *      | record, its offset in the data area, when it was  |  three u64
 *      | entered; CRC-32 of these, u32; zeros              |
 *      +---------------------------------------------------+
 *
 * INV-JOURNAL-05: an entry is written after the publication of everything before it, so what it names is where
 * a record begins, or will begin. An entry that fails its checksum, or does not ascend, ends the index.
 */
import { crc32 } from '../core/crc32.js';

const SIGNATURE = Buffer.from('RWINDX01', 'latin1');
const HEADER_CRC_OFFSET = 40;
/** Bytes of an index header. */
export const INDEX_HEADER_LENGTH = 64;
const ENTRY_CRC_OFFSET = 24;
/** Bytes of an index entry. */
export const INDEX_ENTRY_LENGTH = 32;

/** The beginning of an index file. */
export interface IndexHeader {
  /** Creation time of the journal, in its ticks. */
  readonly journal: bigint;
  readonly ordinal: number;
  /** Sequence number of the segment's first record. */
  readonly sequence: number;
  /** When the segment was created: Unix time in nanoseconds. */
  readonly created: bigint;
}

/** A boundary of records in a segment. */
export interface IndexEntry {
  readonly sequence: number;
  /** Where the record begins in its segment, in bytes. */
  readonly offset: number;
  /** Unix time in nanoseconds: what stands in front was published before, this and what follows not before. */
  readonly time: bigint;
}

/** Bytes of records between two entries of an index: a thousandth of the segment, at least a page. */
export function indexStride(capacity: number): number {
  return Math.max(4096, Math.ceil(capacity / 1024));
}

/** The {@link INDEX_HEADER_LENGTH} bytes of a header. */
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

/** The header, or null where these bytes are none. */
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

/** Writes an entry into `bytes`, which has the length of one. */
export function encodeIndexEntry(bytes: Buffer, { sequence, offset, time }: IndexEntry): void {
  bytes.writeBigUInt64LE(BigInt(sequence), 0);
  bytes.writeBigUInt64LE(BigInt(offset), 8);
  bytes.writeBigUInt64LE(time, 16);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, ENTRY_CRC_OFFSET)), ENTRY_CRC_OFFSET);
}

/** The entries behind a header, up to the first one that is not sound. `capacity`: that of the segment. */
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
