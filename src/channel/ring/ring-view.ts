/** A view of a ring without its records: positions, writer and readers. Changes nothing. */
import fs from 'node:fs';
import { isLocked, type ProcessIdentity, RingwireError, SplitCounter } from '../../platform/index.js';
import { lagOf } from '../core/figures.js';
import type { StreamPosition } from '../core/stream-position.js';
import type { ChannelKey } from '../files/channel-names.js';
import { channelPaths } from '../files/channel-path.js';
import { findTail, MappedUnits, type RingTail } from './find-tail.js';
import { ReaderSlots, type RegisteredReader } from './reader-slots.js';
import { RingCheckpoints } from './ring-checkpoints.js';
import { openRingFile, type RingFile, readRingOwner } from './ring-file.js';
import { EPOCH_OFFSET, INTENT_OFFSET, type RingHeader, WRITER_LOCK } from './ring-header-layout.js';
import { mapRing, type RingMapping } from './ring-mapping.js';
import { RING_WORD } from './ring-record-layout.js';
import { StartPositions } from './start-positions.js';

/** Maximum number of attempts to find the end while the writer overwrites it. */
const MOST_ATTEMPTS = 8;

/** A reader with a slot, with its lag and liveness. */
export interface RingReaderReport extends RegisteredReader {
  /** Bytes between its next record and the published end. */
  readonly lag: number;
  /** Whether the lock of its slot is held; null if unknown. */
  readonly alive: boolean | null;
}

/**
 * Monitors a ring without reading its records.
 *
 * @example
 * ```ts
 * const view = RingView.open(root, id);
 * for (const { name, lag } of view.readers(view.newest().position)) console.log(name, lag);
 * view.close();
 * ```
 */
export class RingView implements Disposable {
  /** The header of the ring. */
  readonly header: RingHeader;
  /** The ring file. */
  readonly path: string;
  /** Length of the file in bytes. */
  readonly fileLength: number;
  readonly #file: RingFile;
  readonly #mappings: RingMapping['mappings'];
  readonly #headerI32: Int32Array;
  readonly #units: MappedUnits;
  readonly #intent: SplitCounter;
  readonly #checkpoints: RingCheckpoints;
  readonly #places: StartPositions;
  readonly #slots: ReaderSlots;
  #closed = false;

  /**
   * Opens the ring `channel` below the folder `root`. Requires read permission only.
   * @throws RingwireError `STORAGE_NOT_FOUND`, `STORAGE_NOT_READY`, `COULD_NOT_ACCESS_STORAGE`, `STORAGE_TRUNCATED`,
   * `MEMORY_MAPPING_FAILED`, `INVALID_ARGUMENT` and the errors of the header
   */
  static open(root: string, channel: ChannelKey): RingView {
    const file = openRingFile(channelPaths(root, channel), 'write-if-allowed');
    try {
      return new RingView(file, mapRing(file, { signals: false }));
    } catch (error) {
      fs.closeSync(file.fd);
      throw error;
    }
  }

  private constructor(file: RingFile, { words, halves, mappings }: RingMapping) {
    this.header = file.header;
    this.path = file.path;
    this.#file = file;
    this.#mappings = mappings;
    this.fileLength = fs.fstatSync(file.fd).size;
    this.#headerI32 = words;
    this.#units = new MappedUnits(halves);
    this.#intent = new SplitCounter(words, INTENT_OFFSET);
    this.#checkpoints = new RingCheckpoints(words);
    this.#places = new StartPositions(this.#checkpoints, this.#intent, file.header.capacity);
    this.#slots = new ReaderSlots(words, file.fd);
  }

  /** Number of writer takeovers. */
  get epoch(): number {
    return this.#closed ? 0 : Atomics.load(this.#headerI32, EPOCH_OFFSET / 4);
  }

  /** Whether a process holds the writer's lock; null if unknown. */
  get writerAlive(): boolean | null {
    return this.#closed ? null : isLocked(this.#file.fd, WRITER_LOCK);
  }

  /** The process that created or last resumed the ring, by its own record; null if unknown. */
  get owner(): ProcessIdentity | null {
    return this.#closed ? null : readRingOwner(this.#file.fd);
  }

  /**
   * Intent of the writer in bytes: it may be storing to any position before it. It is at or after the published end.
   */
  get intent(): number {
    return this.#closed ? 0 : this.#intent.load() * RING_WORD;
  }

  /** Returns the position of the oldest record that a new reader can read. */
  oldest(): StreamPosition {
    if (this.#closed) return { position: 0, sequence: 0 };
    const { position, sequence } = this.#places.oldest();
    return { position, sequence };
  }

  /**
   * Finds the published end. Reads at most about a sixteenth of the ring, from the newest checkpoint.
   * @throws RingwireError `CORRUPT_CHANNEL`, `CLOSED` for a closed view
   */
  newest(): RingTail {
    if (this.#closed) throw new RingwireError('CLOSED', `this view of ${this.path} is closed`);
    for (let i = 1; ; i++) {
      const before = this.intent;
      try {
        return findTail(this.#units, this.#checkpoints.newest(), this.header, this.path);
      } catch (error) {
        // The writer overwrote the examined units, unless it did not move.
        if (this.intent === before || i === MOST_ATTEMPTS) throw error;
      }
    }
  }

  /** Lists all readers with a slot, slowest first. `end`: the position of {@link newest}. */
  readers(end: number): RingReaderReport[] {
    if (this.#closed) return [];
    return this.#slots
      .list()
      .map((reader) => {
        const lag = lagOf(end, reader.position);
        return { ...reader, lag, alive: this.#slots.isAlive(reader.slot) };
      })
      .sort((a, b) => b.lag - a.lag || a.slot - b.slot);
  }

  /** Closes the file. A second call does nothing. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const mapping of this.#mappings) mapping.close();
    fs.closeSync(this.#file.fd);
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
