/**
 * A copy of the header of a ring, made with reads instead of a mapping. A read copies words in an unknown order while
 * other processes store, so each part is read twice: what the first copy validates is taken from the second.
 */
import { orderLoads, RingwireError, SplitCounter } from '../../../platform/index.js';
import { ReaderSlots } from '../reader-slots.js';
import { RingCheckpoints } from '../ring-checkpoints.js';
import {
  CHECKPOINT_COUNT,
  CHECKPOINT_LENGTH,
  CHECKPOINT_OFFSET,
  EPOCH_OFFSET,
  INTENT_OFFSET,
  RING_DATA_OFFSET,
  SLOT_COUNT,
  SLOT_OFFSET,
} from '../ring-header-layout.js';
import { LOST_OFFSET, POSITION_OFFSET, slotWord } from '../ring-slot-layout.js';
import { readExactly } from './read-exactly.js';

const TRIES = 8;
/** An odd version: the entry is being written. */
const UNFINISHED = 1;
/** Word indexes of the counters in the slots. */
const SLOT_COUNTERS = Array.from({ length: SLOT_COUNT }, (_, slot) => [
  slotWord(slot, POSITION_OFFSET),
  slotWord(slot, LOST_OFFSET),
]).flat();

/** Memory for the header of one ring at a time. */
export class RingHeaderCopy {
  /** Checkpoints of the ring that was read last. */
  readonly checkpoints: RingCheckpoints;
  /** Intent of the ring that was read last, in 8-byte words. */
  readonly intent: SplitCounter;
  /** Slots of the ring that was read last. Liveness is unknown to them. */
  readonly slots: ReaderSlots;
  readonly #first = new Int32Array(RING_DATA_OFFSET / 4);
  readonly #second = new Int32Array(RING_DATA_OFFSET / 4);
  readonly #firstBytes = new Uint8Array(this.#first.buffer);
  readonly #secondBytes = new Uint8Array(this.#second.buffer);

  constructor() {
    this.checkpoints = new RingCheckpoints(this.#second);
    this.intent = new SplitCounter(this.#second, INTENT_OFFSET);
    this.slots = new ReaderSlots(this.#second, -1);
  }

  /** Number of writer takeovers. */
  get epoch(): number {
    return this.#second[EPOCH_OFFSET / 4] as number;
  }

  /** Reads everything but the slots. @throws RingwireError as {@link readExactly} */
  read(fd: number, path: string): void {
    this.#readTwice(fd, path, 0, SLOT_OFFSET, [INTENT_OFFSET / 4]);
    for (let i = 0; i < CHECKPOINT_COUNT; i++) {
      const at = (CHECKPOINT_OFFSET + i * CHECKPOINT_LENGTH) / 4;
      if (!this.#agree(at, CHECKPOINT_LENGTH / 4)) this.#second[at] = UNFINISHED;
    }
  }

  /** Reads the slots. @throws RingwireError as {@link readExactly} */
  readSlots(fd: number, path: string): void {
    this.#readTwice(fd, path, SLOT_OFFSET, RING_DATA_OFFSET, SLOT_COUNTERS);
  }

  /** `counters`: word indexes of counters. A copy of one is sound if no store changed its high half meanwhile. */
  #readTwice(fd: number, path: string, from: number, to: number, counters: readonly number[]): void {
    for (let i = 1; ; i++) {
      readExactly(fd, path, this.#firstBytes, from, to - from, from);
      orderLoads();
      readExactly(fd, path, this.#secondBytes, from, to - from, from);
      if (counters.every((at) => this.#agree(at, 1) && this.#agree(at + 2, 1))) return;
      if (i === TRIES)
        throw new RingwireError('CORRUPT_CHANNEL', `${path}: its counters do not hold still`, { path });
    }
  }

  /** Whether both copies have the same words. */
  #agree(at: number, words: number): boolean {
    for (let i = at; i < at + words; i++) if (this.#first[i] !== this.#second[i]) return false;
    return true;
  }
}
