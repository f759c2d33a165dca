/**
 * The segments of a journal as one chain. It lists them and finds the segment of a sequence number, a position or a
 * time.
 *
 * Position: ordinal x capacity + offset in the segment. Every segment has the same capacity, so a position names its
 * segment without a search. Sequence number: number of records before it since the journal was created.
 *
 * INV-JOURNAL-02: the sequence number of the first record of a segment is the number of records in all segments
 * before it, deleted ones included. The index stores it, and it follows from that of either neighbor.
 */
import fs from 'node:fs';
import { RingwireError } from '../../platform/index.js';
import type { ResolvedReaderOptions } from '../core/channel-options.js';
import type { ChannelHeader } from '../core/header-layout.js';
import { ShmReader } from '../log/log-reader.js';
import type { IndexEntry } from './index-layout.js';
import { type JournalPaths, listSegments, segmentPaths } from './journal-path.js';
import { readIndex, readIndexHeader, readSegmentTimes } from './segment-index.js';

/** A position in a journal. */
export interface JournalPosition {
  /** Ordinal of the segment. */
  readonly ordinal: number;
  /** Offset in the segment in bytes. */
  readonly offset: number;
  /** Sequence number of the record. */
  readonly sequence: number;
}

/** The end of the records of one segment. */
export interface SegmentEnd {
  /** Position of the end in the segment, in bytes. */
  readonly position: number;
  /** Number of records in the segment. */
  readonly records: number;
  /** Whether the segment has a close marker. */
  readonly closed: boolean;
  /** The damage that ends the segment, or null. */
  readonly error: RingwireError | null;
}

/** The segments of one journal. */
export class SegmentChain {
  /** The files of the journal. */
  readonly paths: JournalPaths;
  /** The header of the journal. */
  readonly header: ChannelHeader;
  readonly #options: Partial<ResolvedReaderOptions>;

  constructor(paths: JournalPaths, header: ChannelHeader, options: Partial<ResolvedReaderOptions> = {}) {
    this.paths = paths;
    this.header = header;
    this.#options = options;
  }

  /**
   * Lists the ordinals of the existing segments, ascending. Ignores a newest segment in creation: it has no record
   * before the previous segment is closed, which happens later.
   */
  list(): number[] {
    const { folder } = this.paths;
    const ordinals = listSegments(folder, this.header.capacity);
    const newest = ordinals.at(-1);
    if (newest === undefined || ordinals.length === 1) return ordinals;
    return fs.existsSync(segmentPaths(folder, newest).lock) ? ordinals.slice(0, -1) : ordinals;
  }

  /**
   * Opens a segment for reading.
   * @throws RingwireError `CORRUPT_CHANNEL` for a file that is not a segment of this journal; the errors of opening a
   * log
   */
  open(ordinal: number): ShmReader {
    const { backend, clock, timeout } = this.#options;
    const reader = ShmReader.open(this.paths.folder, ordinal, {
      ...(backend === undefined ? {} : { backend }),
      ...(clock === undefined ? {} : { clock }),
      ...(timeout === undefined ? {} : { timeout }),
    });
    const { header, path } = reader;
    if (
      header.capacity === this.header.capacity &&
      header.maxMessageLength === this.header.maxMessageLength
    ) {
      return reader;
    }
    reader.close();
    const message = `${path} is not a segment of ${this.paths.folder}: its header is that of another channel`;
    throw new RingwireError('CORRUPT_CHANNEL', message, { path, reason: 'another header' });
  }

  /**
   * Opens the first existing segment from `from`. Returns null if none exists.
   * @throws like {@link open}
   */
  openFirst(from = 0): { reader: ShmReader; ordinal: number; sequence: number } | null {
    for (;;) {
      const ordinal = this.list().find((candidate) => candidate >= from);
      if (ordinal === undefined) return null;
      const reader = this.tryOpen(ordinal);
      if (reader === null) continue;
      try {
        return { reader, ordinal, sequence: this.baseOf(ordinal) };
      } catch (error) {
        reader.close();
        if (!isGone(error)) throw error;
      }
    }
  }

  /**
   * Opens a segment, or returns null if it does not exist.
   * @throws like {@link open}
   */
  tryOpen(ordinal: number): ShmReader | null {
    try {
      return this.open(ordinal);
    } catch (error) {
      if (isGone(error)) return null;
      throw error;
    }
  }

  /**
   * Returns the sequence number of the first record of a segment, from its index or counted from its nearest
   * neighbors.
   * @throws RingwireError `CORRUPT_CHANNEL` if no index is left to count from, `STORAGE_NOT_FOUND` if retention
   * deletes the segment meanwhile
   */
  baseOf(ordinal: number): number {
    const stored = this.#storedBase(ordinal);
    if (stored !== null) return stored;
    const ordinals = this.list();
    const here = ordinals.indexOf(ordinal);
    if (here < 0) {
      const { file } = segmentPaths(this.paths.folder, ordinal);
      throw new RingwireError('STORAGE_NOT_FOUND', `${file} no longer exists: retention deleted it`, {
        path: file,
      });
    }
    const contiguous = (at: number) => ordinals[at] === ordinal + at - here;
    for (let at = here - 1, sum = 0; at >= 0 && contiguous(at); at--) {
      sum += this.endOf(ordinals[at] as number).records;
      const base = this.#storedBase(ordinals[at] as number);
      if (base !== null) return base + sum;
    }
    for (let at = here, sum = 0; at + 1 < ordinals.length && contiguous(at + 1); at++) {
      sum += this.endOf(ordinals[at] as number).records;
      const base = this.#storedBase(ordinals[at + 1] as number);
      if (base !== null) return base - sum;
    }
    const path = segmentPaths(this.paths.folder, ordinal).index;
    throw new RingwireError(
      'CORRUPT_CHANNEL',
      `no index of ${this.paths.folder} is left, so the number of earlier records is unknown: read its segments as plain logs`,
      { path, reason: 'no index' },
    );
  }

  /**
   * Scans a segment to the end of its records, or `quickly` from its last index entry. The entry may refer to records
   * that recovery cut off.
   */
  endOf(ordinal: number, quickly = false): SegmentEnd {
    using reader = ShmReader.open(this.paths.folder, ordinal, { timeout: 'never' });
    const index = quickly ? this.#index(ordinal) : null;
    const last = index?.entries[index.entries.length - 1];
    let records = last === undefined || index === null ? 0 : last.sequence - index.header.sequence;
    if (last !== undefined) reader.startAt(last.offset);
    try {
      for (let count = -1; count !== 0 || reader.isBehind; records += count)
        count = reader.poll(() => {}, 65_536);
    } catch (error) {
      if (error !== reader.endReason) throw error;
    }
    const { position, endReason } = reader;
    const closed = endReason?.code === 'CLOSED';
    return { position, records, closed, error: closed ? null : endReason };
  }

  /** Returns the last boundary that satisfies `isBefore`. A scan from it reads at most one index step too much. */
  boundaryBefore(ordinal: number, isBefore: (entry: IndexEntry) => boolean): JournalPosition {
    const index = this.#index(ordinal);
    if (index === null) return { ordinal, offset: 0, sequence: this.baseOf(ordinal) };
    let low = 0;
    for (let high = index.entries.length; high - low > 1; ) {
      const middle = (low + high) >>> 1;
      if (isBefore(index.entries[middle] as IndexEntry)) low = middle;
      else high = middle;
    }
    const { offset, sequence } = index.entries[low] as IndexEntry;
    return { ordinal, offset, sequence };
  }

  /** Returns the last segment for which `isBefore` holds, or the first segment; null if none exists. */
  lastSegment(isBefore: (ordinal: number) => boolean): number | null {
    const ordinals = this.list();
    let low = 0;
    for (let high = ordinals.length; high - low > 1; ) {
      const middle = (low + high) >>> 1;
      if (isBefore(ordinals[middle] as number)) low = middle;
      else high = middle;
    }
    return ordinals[low] ?? null;
  }

  /** Creation time of a segment as Unix time in nanoseconds; null if unknown. */
  createdAt(ordinal: number): bigint | null {
    const { index } = segmentPaths(this.paths.folder, ordinal);
    return readIndexHeader(index, this.header.creationTime, ordinal)?.created ?? null;
  }

  /**
   * Returns the segment at which a reader must start to read every record published at or after a time. It contains
   * the last boundary before the first boundary that is not before `time`. Reads every index up to it, because the
   * indexes of earlier versions may contain times that decrease between segments.
   * @param time Unix time in nanoseconds
   * @returns null if no segment exists
   */
  segmentBeforeTime(time: bigint): number | null {
    let found: number | null = null;
    for (const ordinal of this.list()) {
      const times = this.#times(ordinal);
      if (times !== null && times.created >= time) return found ?? ordinal;
      found = ordinal;
      if (times !== null && times.latest >= time) return ordinal;
    }
    return found;
  }

  /** Latest time in the newest available index as Unix time in nanoseconds; 0 if no index is left. */
  latestTime(): bigint {
    for (const ordinal of this.list().reverse()) {
      const times = this.#times(ordinal);
      if (times !== null) return times.latest;
    }
    return 0n;
  }

  #times(ordinal: number) {
    const { creationTime: journal, capacity } = this.header;
    return readSegmentTimes(segmentPaths(this.paths.folder, ordinal).index, { journal, ordinal, capacity });
  }

  #storedBase(ordinal: number): number | null {
    const { index } = segmentPaths(this.paths.folder, ordinal);
    const header = readIndexHeader(index, this.header.creationTime, ordinal);
    // The first segment has no predecessor.
    return header?.sequence ?? (ordinal === 0 ? 0 : null);
  }

  #index(ordinal: number) {
    const { creationTime: journal, capacity } = this.header;
    return readIndex(segmentPaths(this.paths.folder, ordinal).index, { journal, ordinal, capacity });
  }
}

/** Whether an error means that a segment does not exist, or no longer exists. */
export function isGone(error: unknown): boolean {
  return error instanceof RingwireError && error.code === 'STORAGE_NOT_FOUND';
}
