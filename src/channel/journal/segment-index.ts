/** Reads and writes the index of a segment. Without an index a search takes longer; no record is lost. */
import fs from 'node:fs';
import { openRegularFile, storageError, systemCode } from '../../platform/index.js';
import {
  decodeIndexEntries,
  decodeIndexHeader,
  encodeIndexEntry,
  encodeIndexHeader,
  INDEX_ENTRY_LENGTH,
  INDEX_HEADER_LENGTH,
  type IndexEntry,
  type IndexHeader,
  indexStride,
} from './index-layout.js';

/** The content of an index file. */
export interface SegmentIndex {
  /** The header of the index. */
  readonly header: IndexHeader;
  /** Entries in ascending order. The first is the beginning of the segment. */
  readonly entries: readonly IndexEntry[];
}

/** Returns the beginning of a segment as an entry. */
const beginning = ({ sequence, created: time }: IndexHeader): IndexEntry => ({ sequence, offset: 0, time });

/** Identifies the expected index: segment `ordinal` of the journal created at `journal`. */
export interface IndexIdentity {
  /** Creation time of the journal, in its ticks. */
  readonly journal: bigint;
  /** Ordinal of the segment. */
  readonly ordinal: number;
  /** Capacity of the segment in bytes. */
  readonly capacity: number;
}

/** Reads the index of a segment. Returns null if it is missing or invalid. */
export function readIndex(path: string, { journal, ordinal, capacity }: IndexIdentity): SegmentIndex | null {
  const bytes = readSmallFile(path, INDEX_HEADER_LENGTH + INDEX_ENTRY_LENGTH * mostEntries(capacity));
  const header = bytes === null ? null : decodeIndexHeader(bytes);
  if (bytes === null || header === null || header.journal !== journal || header.ordinal !== ordinal)
    return null;
  return { header, entries: decodeIndexEntries(bytes, beginning(header), capacity) };
}

/** Reads the header of an index. Returns null if it is missing or invalid. */
export function readIndexHeader(path: string, journal: bigint, ordinal: number): IndexHeader | null {
  const bytes = readSmallFile(path, INDEX_HEADER_LENGTH);
  const header = bytes === null ? null : decodeIndexHeader(bytes);
  return header?.journal === journal && header.ordinal === ordinal ? header : null;
}

/** Times in the index of a segment, in Unix nanoseconds. */
export interface SegmentTimes {
  /** Creation time of the segment. */
  readonly created: bigint;
  /** Time of the latest entry. */
  readonly latest: bigint;
}

/**
 * Reads the times in the index of a segment. Returns null if it is missing or invalid. Reads the header and the last
 * entry, and the whole index only if that entry is invalid.
 */
export function readSegmentTimes(path: string, about: IndexIdentity): SegmentTimes | null {
  const { journal, ordinal, capacity } = about;
  const bytes = readEnds(path);
  const header = bytes === null ? null : decodeIndexHeader(bytes);
  if (bytes === null || header?.journal !== journal || header.ordinal !== ordinal) return null;
  const { created } = header;
  if (bytes.length === INDEX_HEADER_LENGTH) return { created, latest: created };
  const [, last] = decodeIndexEntries(bytes, beginning(header), capacity);
  if (last !== undefined) return { created, latest: last.time };
  return { created, latest: readIndex(path, about)?.entries.at(-1)?.time ?? created };
}

/** Writes the index of one segment. */
export class IndexWriter {
  /** The header of the index. */
  readonly header: IndexHeader;
  readonly #fd: number;
  readonly #stride: number;
  readonly #entry = Buffer.alloc(INDEX_ENTRY_LENGTH);
  #end: number;
  #lastOffset: number;
  /** Offset in the segment from which the next entry is due, in bytes. */
  due: number;

  private constructor(fd: number, header: IndexHeader, capacity: number, entries: readonly IndexEntry[]) {
    const last = entries[entries.length - 1] ?? beginning(header);
    this.#fd = fd;
    this.header = header;
    this.#stride = indexStride(capacity);
    this.#end = INDEX_HEADER_LENGTH + INDEX_ENTRY_LENGTH * Math.max(0, entries.length - 1);
    this.#lastOffset = last.offset;
    this.due = last.offset + this.#stride;
  }

  /**
   * Writes a new index and replaces an existing one.
   * @throws RingwireError `NO_SPACE`, `COULD_NOT_ACCESS_STORAGE`
   */
  static create(path: string, header: IndexHeader, capacity: number, mode: number): IndexWriter {
    let fd: number | undefined;
    try {
      fs.rmSync(path, { force: true });
      fd = fs.openSync(path, 'wx+', mode);
      writeWhole(fd, encodeIndexHeader(header), 0);
      return new IndexWriter(fd, header, capacity, []);
    } catch (error) {
      if (fd !== undefined) fs.closeSync(fd);
      throw storageError(path, systemCode(error) ?? '', 0, error);
    }
  }

  /**
   * Continues an existing index after the last entry that is not beyond `position`.
   * @throws RingwireError `NO_SPACE`, `COULD_NOT_ACCESS_STORAGE`
   */
  static resume(path: string, { header, entries }: SegmentIndex, capacity: number, position: number) {
    const kept = entries.filter(({ offset }) => offset <= position);
    const { fd } = openRegularFile(path, true);
    const writer = new IndexWriter(fd, header, capacity, kept);
    try {
      fs.ftruncateSync(fd, writer.#end);
      return writer;
    } catch (error) {
      fs.closeSync(fd);
      throw storageError(path, systemCode(error) ?? '', 0, error);
    }
  }

  /**
   * Adds an entry: the record `sequence` starts, or will start, at `offset`. `time`: from the {@link JournalClock}. A
   * failed write loses only this entry: the space of the records is allocated, and a search starts at the entry
   * before.
   */
  enter(sequence: number, offset: number, time: bigint): void {
    encodeIndexEntry(this.#entry, { sequence, offset, time });
    this.due = offset + this.#stride;
    try {
      writeWhole(this.#fd, this.#entry, this.#end);
      this.#end += INDEX_ENTRY_LENGTH;
      this.#lastOffset = offset;
    } catch {
      // The next entry overwrites the incomplete one.
    }
  }

  /** Adds an entry for the end of the records of a segment, unless one exists. */
  enterEnd(sequence: number, offset: number, time: () => bigint): void {
    if (offset > this.#lastOffset) this.enter(sequence, offset, time());
  }

  close(): void {
    fs.closeSync(this.#fd);
  }
}

/** Maximum number of entries: one per stride, one at the end of the records, one for rounding. */
function mostEntries(capacity: number): number {
  return Math.ceil(capacity / indexStride(capacity)) + 2;
}

function writeWhole(fd: number, bytes: Buffer, position: number): void {
  const written = fs.writeSync(fd, bytes, 0, bytes.length, position);
  if (written !== bytes.length) {
    throw Object.assign(new Error(`only ${written} of ${bytes.length} bytes were written`), {
      code: 'ENOSPC',
    });
  }
}

function readSmallFile(path: string, most: number): Buffer | null {
  return readFrom(path, (fd, size) => readPart(fd, 0, Math.min(most, size)));
}

/** Reads the header and the last entry of an index; the header alone if no entry is complete. */
function readEnds(path: string): Buffer | null {
  return readFrom(path, (fd, size) => {
    const head = readPart(fd, 0, Math.min(INDEX_HEADER_LENGTH, size));
    const entries = Math.floor((size - INDEX_HEADER_LENGTH) / INDEX_ENTRY_LENGTH);
    if (entries <= 0) return head;
    const last = readPart(fd, INDEX_HEADER_LENGTH + (entries - 1) * INDEX_ENTRY_LENGTH, INDEX_ENTRY_LENGTH);
    return Buffer.concat([head, last]);
  });
}

function readPart(fd: number, from: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  return bytes.subarray(0, fs.readSync(fd, bytes, 0, length, from));
}

function readFrom(path: string, read: (fd: number, size: number) => Buffer): Buffer | null {
  let fd: number | undefined;
  try {
    const file = openRegularFile(path, false);
    fd = file.fd;
    return read(fd, file.stats.size);
  } catch {
    return null;
  } finally {
    if (fd !== undefined) fs.closeSync(fd);
  }
}
