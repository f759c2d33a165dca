/** Opens a journal at a sequence number, a position, a time, or an end of the chain. */
import { RingwireError } from '../../platform/index.js';
import type { StartPosition } from '../core/stream-position.js';
import type { ShmReader } from '../log/log-reader.js';
import { isGone, type JournalPosition, type SegmentChain } from './segment-chain.js';

/** A reader at the requested position. */
export interface OpenPlace {
  /** Reader of the segment, at the position. */
  readonly reader: ShmReader;
  /** Ordinal of the segment. */
  readonly ordinal: number;
  /** Sequence number of the next record. */
  readonly sequence: number;
  /** Requested position if its record was deleted; otherwise null. */
  readonly lapFrom: { readonly position: number; readonly sequence: number } | null;
}

/** Maximum number of records in one poll. */
const STRIDE = 4096;

/** Opens readers at positions of one journal. */
export class SegmentFinder {
  readonly #chain: SegmentChain;

  constructor(chain: SegmentChain) {
    this.#chain = chain;
  }

  /**
   * Opens a reader at a start position.
   * @throws RingwireError `INVALID_POSITION`, `STORAGE_NOT_READY`, the errors of opening a segment
   */
  open(from: StartPosition): OpenPlace {
    if (from === 'oldest') return this.#oldest(null);
    if (from === 'newest') return this.#newest();
    if (typeof from === 'number') return this.atPosition(from);
    const ordinal = this.#ordinalOf(from.position);
    const oldest = this.#chain.list()[0];
    if (oldest !== undefined && ordinal < oldest) return this.#oldest(from);
    return this.atPosition(from.position);
  }

  atPosition(position: number): OpenPlace {
    if (!Number.isSafeInteger(position) || position < 0 || position % 8 !== 0) {
      throw this.#invalid('Unaligned', `position ${position}`);
    }
    const ordinal = this.#ordinalOf(position);
    const target = position % this.#chain.header.capacity;
    const wanted = `position ${position}`;
    const reader = this.#chain.tryOpen(ordinal);
    if (reader === null) throw this.#invalid('Unavailable', wanted);
    return this.#finish(reader, wanted, () => {
      const { offset, sequence } = this.#chain.boundaryBefore(ordinal, (entry) => entry.offset <= target);
      let records = 0;
      const count = (_: Buffer, _offset: number, _length: number, at: number) => {
        if (at < target) records++;
      };
      reader.startAt(offset);
      while (reader.position < target && (reader.poll(count, STRIDE) > 0 || reader.isBehind));
      reader.startAt(offset);
      reader.moveTo(target);
      return { ordinal, offset: target, sequence: sequence + records };
    });
  }

  atSequence(sequence: number): OpenPlace {
    const wanted = `sequence number ${sequence}`;
    if (!Number.isSafeInteger(sequence) || sequence < 0) throw this.#invalid('Unavailable', wanted);
    const found = this.#chain.lastSegment((ordinal) => this.#chain.baseOf(ordinal) <= sequence);
    const reader = found === null ? null : this.#chain.tryOpen(found);
    if (found === null || reader === null) throw this.#invalid('Unavailable', wanted);
    return this.#finish(reader, wanted, () => {
      const start = this.#chain.boundaryBefore(found, (entry) => entry.sequence <= sequence);
      if (start.sequence > sequence) throw this.#invalid('Unavailable', wanted);
      reader.startAt(start.offset);
      let left = sequence - start.sequence;
      for (let count = -1; left > 0 && (count !== 0 || reader.isBehind); left -= count) {
        count = reader.poll(() => {}, Math.min(left, STRIDE));
      }
      if (left > 0) throw this.#invalid('Unavailable', wanted);
      return { ordinal: found, offset: reader.position, sequence };
    });
  }

  atTime(unixMillis: number): OpenPlace {
    if (!Number.isFinite(unixMillis)) throw this.#invalid('Unavailable', `time ${unixMillis}`);
    const nanos = BigInt(Math.trunc(unixMillis)) * 1_000_000n;
    for (;;) {
      const ordinal = this.#chain.segmentBeforeTime(nanos);
      const reader = ordinal === null ? null : this.#chain.tryOpen(ordinal);
      if (ordinal === null) throw this.#notReady();
      if (reader === null) continue;
      return this.#finish(reader, `time ${unixMillis}`, () => {
        const place = this.#chain.boundaryBefore(ordinal, (entry) => entry.time < nanos);
        reader.startAt(place.offset);
        return place;
      });
    }
  }

  #oldest(lapFrom: OpenPlace['lapFrom']): OpenPlace {
    const first = this.#chain.openFirst();
    if (first === null) throw this.#notReady();
    return { ...first, lapFrom };
  }

  #newest(): OpenPlace {
    for (;;) {
      const ordinal = this.#chain.list().at(-1);
      if (ordinal === undefined) throw this.#notReady();
      const reader = this.#chain.tryOpen(ordinal);
      if (reader === null) continue;
      return this.#finish(reader, 'the newest record', () => {
        const { offset, sequence } = this.#chain.boundaryBefore(ordinal, () => true);
        reader.startAt(offset);
        let records = 0;
        for (let count = -1; count !== 0 || reader.isBehind; records += count)
          count = reader.poll(() => {}, STRIDE);
        return { ordinal, offset: reader.position, sequence: sequence + records };
      });
    }
  }

  /** Positions the reader, and closes it if that fails. */
  #finish(reader: ShmReader, wanted: string, place: () => JournalPosition): OpenPlace {
    try {
      const { ordinal, sequence } = place();
      return { reader, ordinal, sequence, lapFrom: null };
    } catch (error) {
      reader.close();
      const { code, reason } = error as RingwireError;
      throw code === 'INVALID_POSITION' || isGone(error)
        ? this.#invalid(reason ?? 'Unavailable', wanted)
        : error;
    }
  }

  #ordinalOf(position: number): number {
    return Math.floor(position / this.#chain.header.capacity);
  }

  #invalid(reason: string, wanted: string): RingwireError {
    const { folder: path } = this.#chain.paths;
    const why =
      reason === 'Unaligned'
        ? 'no record starts there'
        : 'the journal does not contain it, or retention deleted it';
    return new RingwireError('INVALID_POSITION', `cannot move to ${wanted} of ${path}: ${why}`, {
      path,
      reason,
    });
  }

  #notReady(): RingwireError {
    const { folder: path } = this.#chain.paths;
    const message = `${path} has no segment yet: its writer is starting; try again`;
    return new RingwireError('STORAGE_NOT_READY', message, { path });
  }
}
