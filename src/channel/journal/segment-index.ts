/** Reading and writing the index beside a segment. Losing it costs time, never records. */
import fs from 'node:fs';
import { type Clock, openRegularFile, storageError, systemCode } from '../../platform/index.js';
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

export interface SegmentIndex {
  readonly header: IndexHeader;
  /** Ascending; the first one is the beginning of the segment. */
  readonly entries: readonly IndexEntry[];
}

/** The beginning of a segment, as an entry. */
const beginning = ({ sequence, created: time }: IndexHeader): IndexEntry => ({ sequence, offset: 0, time });

/** The index of segment `ordinal` of the journal that was created at `journal`, or null where there is no sound one. */
export function readIndex(
  path: string,
  { journal, ordinal, capacity }: { journal: bigint; ordinal: number; capacity: number },
): SegmentIndex | null {
  const bytes = readSmallFile(path, INDEX_HEADER_LENGTH + INDEX_ENTRY_LENGTH * mostEntries(capacity));
  const header = bytes === null ? null : decodeIndexHeader(bytes);
  if (bytes === null || header === null || header.journal !== journal || header.ordinal !== ordinal)
    return null;
  return { header, entries: decodeIndexEntries(bytes, beginning(header), capacity) };
}

/** The header alone: all that most questions need. */
export function readIndexHeader(path: string, journal: bigint, ordinal: number): IndexHeader | null {
  const bytes = readSmallFile(path, INDEX_HEADER_LENGTH);
  const header = bytes === null ? null : decodeIndexHeader(bytes);
  return header?.journal === journal && header.ordinal === ordinal ? header : null;
}

export class IndexWriter {
  readonly header: IndexHeader;
  readonly #fd: number;
  readonly #stride: number;
  readonly #entry = Buffer.alloc(INDEX_ENTRY_LENGTH);
  #end: number;
  #lastTime: bigint;
  /** Offset in the segment from which on the next entry is due. */
  due: number;

  private constructor(fd: number, header: IndexHeader, capacity: number, entries: readonly IndexEntry[]) {
    const last = entries[entries.length - 1] ?? beginning(header);
    this.#fd = fd;
    this.header = header;
    this.#stride = indexStride(capacity);
    this.#end = INDEX_HEADER_LENGTH + INDEX_ENTRY_LENGTH * Math.max(0, entries.length - 1);
    this.#lastTime = last.time;
    this.due = last.offset + this.#stride;
  }

  /**
   * Writes a new index in place of whatever has its name.
   * @throws RingwireError `NO_SPACE`, `COULD_NOT_ACCESS_STORAGE`
   */
  static create(path: string, header: IndexHeader, capacity: number, mode: number): IndexWriter {
    let fd: number | undefined;
    try {
      fs.rmSync(path, { force: true });
      fd = fs.openSync(path, 'wx+', mode);
      fs.writeSync(fd, encodeIndexHeader(header));
      return new IndexWriter(fd, header, capacity, []);
    } catch (error) {
      if (fd !== undefined) fs.closeSync(fd);
      throw storageError(path, systemCode(error) ?? '', 0, error);
    }
  }

  /** Goes on in an index that was read, behind the last entry that does not reach beyond `position`. */
  static resume(path: string, { header, entries }: SegmentIndex, capacity: number, position: number) {
    const kept = entries.filter(({ offset }) => offset <= position);
    const { fd } = openRegularFile(path, true);
    const writer = new IndexWriter(fd, header, capacity, kept);
    fs.ftruncateSync(fd, writer.#end);
    return writer;
  }

  /** Enters that the record `sequence` begins, or will begin, at `offset`. */
  enter(sequence: number, offset: number, clock: Clock): void {
    const now = clock.unixNanos();
    // A wall clock that goes back would make times that no search understands.
    if (now > this.#lastTime) this.#lastTime = now;
    encodeIndexEntry(this.#entry, { sequence, offset, time: this.#lastTime });
    this.due = offset + this.#stride;
    try {
      fs.writeSync(this.#fd, this.#entry, 0, INDEX_ENTRY_LENGTH, this.#end);
      this.#end += INDEX_ENTRY_LENGTH;
    } catch {
      // A full disk: the records have their room, and a search begins at the entry before.
      this.due = Number.POSITIVE_INFINITY;
    }
  }

  close(): void {
    fs.closeSync(this.#fd);
  }
}

function mostEntries(capacity: number): number {
  return Math.ceil(capacity / indexStride(capacity)) + 1;
}

function readSmallFile(path: string, most: number): Buffer | null {
  let fd: number | undefined;
  try {
    const file = openRegularFile(path, false);
    fd = file.fd;
    const bytes = Buffer.alloc(Math.min(most, file.stats.size));
    return bytes.subarray(0, fs.readSync(fd, bytes, 0, bytes.length, 0));
  } catch {
    return null;
  } finally {
    if (fd !== undefined) fs.closeSync(fd);
  }
}
