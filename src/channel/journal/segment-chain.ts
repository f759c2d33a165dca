/**
 * The segments of a journal as one chain: which are there, where each begins, and where in them a sequence number, a
 * position or a time is to be found.
 *
 * Position: ordinal x capacity + offset in the segment. Every segment has the same capacity, so a position names its
 * segment without looking anywhere. Sequence number: how many records stand in front, since the journal began.
 *
 * INV-JOURNAL-02: the sequence number at which a segment begins is the number of records in all segments before it,
 * deleted ones included. It stands in the segment's index, and follows from that of either neighbour.
 */
import fs from 'node:fs';
import { RingwireError } from '../../platform/index.js';
import type { ResolvedReaderOptions } from '../core/channel-options.js';
import type { ChannelHeader } from '../core/header-layout.js';
import { ShmReader } from '../log/log-reader.js';
import type { IndexEntry } from './index-layout.js';
import { type JournalPaths, listSegments, segmentPaths } from './journal-path.js';
import { readIndex, readIndexHeader, readSegmentTimes } from './segment-index.js';

/** A place in a journal. */
export interface JournalPosition {
  readonly ordinal: number;
  /** In the segment, in bytes. */
  readonly offset: number;
  readonly sequence: number;
}

/** How the records of one segment end. */
export interface SegmentEnd {
  readonly position: number;
  /** Records from the beginning of the segment to its end. */
  readonly records: number;
  readonly closed: boolean;
  /** The damage that ends it, or null. */
  readonly error: RingwireError | null;
}

/** The segments of one journal, opened and listed. */
export class SegmentChain {
  readonly paths: JournalPaths;
  readonly header: ChannelHeader;
  readonly #options: Partial<ResolvedReaderOptions>;

  constructor(paths: JournalPaths, header: ChannelHeader, options: Partial<ResolvedReaderOptions> = {}) {
    this.paths = paths;
    this.header = header;
    this.#options = options;
  }

  /**
   * The ordinals that are there, ascending. A newest one whose creation has not come to its end does not count: no record
   * stands in it before the one in front was ended, and that comes later.
   */
  list(): number[] {
    const { folder } = this.paths;
    const ordinals = listSegments(folder, this.header.capacity);
    const newest = ordinals.at(-1);
    if (newest === undefined || ordinals.length === 1) return ordinals;
    return fs.existsSync(segmentPaths(folder, newest).lock) ? ordinals.slice(0, -1) : ordinals;
  }

  /** @throws RingwireError `CORRUPT_CHANNEL` for a file that is no segment of this journal; those of opening a log */
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
    const message = `${path} is no segment of ${this.paths.folder}: its header is that of another channel`;
    throw new RingwireError('CORRUPT_CHANNEL', message, { path, reason: 'another header' });
  }

  /** Opens the first segment from `from` on that is still there; null where there is none. @throws like {@link open} */
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

  /** The reader of a segment, or null where it is not there. @throws like {@link open} */
  tryOpen(ordinal: number): ShmReader | null {
    try {
      return this.open(ordinal);
    } catch (error) {
      if (isGone(error)) return null;
      throw error;
    }
  }

  /**
   * The sequence number of a segment's first record: from its index, else counted from its nearest neighbours.
   * @throws RingwireError `CORRUPT_CHANNEL` when no index is left to count from, `STORAGE_NOT_FOUND` when retention
   * deletes the segment meanwhile
   */
  baseOf(ordinal: number): number {
    const stored = this.#storedBase(ordinal);
    if (stored !== null) return stored;
    const ordinals = this.list();
    const here = ordinals.indexOf(ordinal);
    if (here < 0) {
      const { file } = segmentPaths(this.paths.folder, ordinal);
      throw new RingwireError('STORAGE_NOT_FOUND', `${file} is no longer there`, { path: file });
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
   * Reads a segment to the end of its records: all of it, or `quickly` from its last index entry on. What the index names
   * may be gone where damage was cut off.
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

  /** The last boundary before what is looked for: where reading has to begin, at most one index step too early. */
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

  /** The last segment for which `isBefore` holds, or the first one; null where there is none. */
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

  /** When a segment was created, Unix time in nanoseconds; null where unknown. */
  createdAt(ordinal: number): bigint | null {
    const { index } = segmentPaths(this.paths.folder, ordinal);
    return readIndexHeader(index, this.header.creationTime, ordinal)?.created ?? null;
  }

  /**
   * The segment in which reading must start so that no record published at or after a time is missed: the one with the last
   * boundary before the first boundary that is not before `time`. Reads every index up to there: the indexes of earlier
   * versions may hold times that decrease from one segment to the next.
   * @param time Unix nanoseconds
   * @returns null where no segment exists
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

  /** The latest time in the index of the newest segment that has one, Unix nanoseconds; 0 where no index is left. */
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
    // Nothing ever came before the first segment.
    return header?.sequence ?? (ordinal === 0 ? 0 : null);
  }

  #index(ordinal: number) {
    const { creationTime: journal, capacity } = this.header;
    return readIndex(segmentPaths(this.paths.folder, ordinal).index, { journal, ordinal, capacity });
  }
}

/** Whether an error says that a segment is not, or no longer, there. */
export function isGone(error: unknown): boolean {
  return error instanceof RingwireError && error.code === 'STORAGE_NOT_FOUND';
}
