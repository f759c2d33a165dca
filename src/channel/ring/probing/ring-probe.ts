/**
 * Monitors a ring by reads of its file: for processes that watch many rings. Without a mapping a ring takes no memory
 * between two looks, and a truncated file is an error instead of a SIGBUS. `RingView` is for one ring.
 */
import fs from 'node:fs';
import { isLocked, type ProcessIdentity, type RingwireError } from '../../../platform/index.js';
import type { StreamPosition } from '../../core/stream-position.js';
import type { ChannelKey } from '../../files/channel-names.js';
import { channelPaths } from '../../files/channel-path.js';
import { findTail, type RingTail } from '../find-tail.js';
import type { ReaderFields } from '../reader-slots.js';
import { interpolate } from '../ring-checkpoints.js';
import { openRingFile } from '../ring-file.js';
import { type RingHeader, WRITER_LOCK } from '../ring-header-layout.js';
import { slotLock } from '../ring-slot-layout.js';
import { FileUnits } from './file-units.js';
import { RingHeaderCopy } from './ring-header-copy.js';

/** Maximum number of attempts to find the end while the writer overwrites it. */
const MOST_ATTEMPTS = 8;
const BEGINNING: StreamPosition = { position: 0, sequence: 0 };

/** Memory for the ring that is looked at: looks are synchronous. */
const earlier = new RingHeaderCopy();
const copy = new RingHeaderCopy();
const units = new FileUnits();

/** An open ring file. */
export class RingProbe implements Disposable {
  /** The fields of the header that looks need: the others would take memory for each ring. */
  readonly header: Pick<RingHeader, 'capacity' | 'maxMessageLength' | 'timeout' | 'tickUnit'>;
  /** The ring file. */
  readonly path: string;
  readonly #fd: number;
  #end: RingTail | null = null;

  /**
   * Opens the ring `channel` below the folder `root`. Requires read permission only.
   * @throws RingwireError `STORAGE_NOT_FOUND`, `STORAGE_NOT_READY`, `COULD_NOT_ACCESS_STORAGE`, `STORAGE_TRUNCATED`,
   * `INVALID_ARGUMENT` and the errors of the header
   */
  constructor(root: string, channel: ChannelKey) {
    const { fd, path, header } = openRingFile(channelPaths(root, channel), 'write-if-allowed');
    const { capacity, maxMessageLength, timeout, tickUnit } = header;
    this.header = { capacity, maxMessageLength, timeout, tickUnit };
    this.path = path;
    this.#fd = fd;
  }

  /** Whether a process holds the writer's lock; null if unknown. */
  get writerAlive(): boolean | null {
    return isLocked(this.#fd, WRITER_LOCK);
  }

  /** Whether the lock of a reader slot is held; null if unknown. */
  slotAlive(slot: number): boolean | null {
    return isLocked(this.#fd, slotLock(slot));
  }

  /**
   * Reads the counters and the slots, and returns the published end. The other methods describe this look, until a look of
   * any probe.
   * @throws RingwireError `CORRUPT_CHANNEL`, `STORAGE_TRUNCATED`, `COULD_NOT_ACCESS_STORAGE`
   */
  look(): RingTail {
    const { path, header } = this;
    const fd = this.#fd;
    for (let i = 1; ; i++) {
      earlier.read(fd, path);
      const last = this.#end;
      const start = this.#start();
      this.#end = null;
      try {
        const end = findTail(units.use(fd, path, header.capacity), start, header, path);
        // Last: otherwise a reader that moves on meanwhile would seem to lag by more than the writer allows.
        copy.read(fd, path);
        if ((copy.validate(earlier) && this.#isSound(start, last)) || i === MOST_ATTEMPTS) {
          this.#end = end;
          return end;
        }
      } catch (error) {
        // The writer overwrote the examined units, or was storing them during a read.
        if ((error as RingwireError).code !== 'CORRUPT_CHANNEL' || i === MOST_ATTEMPTS) throw error;
      }
    }
  }

  /** The process that created or last resumed the ring, by its own record; null if unknown. */
  get owner(): ProcessIdentity | null {
    return copy.owner;
  }

  /** Number of writer takeovers. */
  get epoch(): number {
    return copy.epoch;
  }

  /** The oldest record that a new reader can read. */
  get oldest(): StreamPosition {
    return copy.checkpoints.oldestFrom(this.#floorOf(copy)) ?? BEGINNING;
  }

  /**
   * Stores all readers with a slot into the objects of `readers`, whose length it changes.
   * @param make creates an object that is missing
   * @param isAlive whether the owner of a slot is alive; null if unknown
   */
  readersInto<R extends ReaderFields>(
    readers: R[],
    make: () => R,
    isAlive: (slot: number) => boolean | null,
  ): void {
    copy.slots.listInto(readers, make, isAlive);
  }

  /** Position in a slot, in 8-byte words, in any state of the slot. */
  slotPosition(slot: number): number {
    return copy.slots.storedPosition(slot);
  }

  /**
   * Sequence number of the record at `position`: exact if the records between two checkpoints have one length, otherwise
   * an estimate. `end`: the end that the look returned.
   */
  sequenceAt(position: number, end: StreamPosition): number {
    return position >= end.position ? end.sequence : interpolate([...copy.checkpoints.list(), end], position);
  }

  /** Closes the file. */
  [Symbol.dispose](): void {
    fs.closeSync(this.#fd);
  }

  /** Where to look for the end: at the last one, or at the newest checkpoint. */
  #start(): StreamPosition | null {
    const newest = earlier.checkpoints.newest();
    const end = this.#end;
    const isLater = end !== null && end.position > (newest?.position ?? 0);
    return isLater && end.position >= this.#floorOf(earlier) ? end : newest;
  }

  /** Whether the second copy confirms a start that was taken from the first one. `last`: the end of the last look. */
  #isSound(start: StreamPosition | null, last: StreamPosition | null): boolean {
    if (start === null) return true;
    if (start === last) return start.position >= this.#floorOf(copy);
    const { position, sequence } = start;
    return copy.checkpoints
      .list()
      .some((entry) => entry.position === position && entry.sequence === sequence);
  }

  /** The writer may have overwritten everything before this position, in bytes. Negative in the first lap. */
  #floorOf({ intent }: RingHeaderCopy): number {
    return intent - this.header.capacity;
  }
}
