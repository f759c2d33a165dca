/**
 * A copy of the header of a ring, made with reads instead of a mapping. A read copies words in an unknown order while
 * other processes store, so the header is read twice: what both copies contain is sound.
 */
import { type ProcessIdentity, SplitCounter } from '../../../platform/index.js';
import { ReaderSlots } from '../reader-slots.js';
import { RingCheckpoints } from '../ring-checkpoints.js';
import { ownerIn } from '../ring-file.js';
import {
  CHECKPOINT_COUNT,
  CHECKPOINT_LENGTH,
  CHECKPOINT_OFFSET,
  EPOCH_OFFSET,
  INTENT_OFFSET,
  OWNER_LENGTH,
  OWNER_OFFSET,
  RING_DATA_OFFSET,
  SLOT_COUNT,
} from '../ring-header-layout.js';
import { RING_WORD } from '../ring-record-layout.js';
import { LOST_OFFSET, POSITION_OFFSET, slotWord } from '../ring-slot-layout.js';
import { readExactly } from './read-exactly.js';

/** An odd version: the entry is being written. */
const UNFINISHED = 1;
/** Word indexes of all counters. */
const COUNTERS = [
  INTENT_OFFSET / 4,
  ...Array.from({ length: SLOT_COUNT }, (_, slot) => [
    slotWord(slot, POSITION_OFFSET),
    slotWord(slot, LOST_OFFSET),
  ]).flat(),
];

/** Memory for the header of one ring at a time. */
export class RingHeaderCopy {
  readonly words = new Int32Array(RING_DATA_OFFSET / 4);
  readonly checkpoints = new RingCheckpoints(this.words);
  /** The slots. Liveness is unknown to them. */
  readonly slots = new ReaderSlots(this.words, -1);
  readonly #bytes = Buffer.from(this.words.buffer);
  readonly #intent = new SplitCounter(this.words, INTENT_OFFSET);

  /** Reads the header of an open ring file. @throws RingwireError as {@link readExactly} */
  read(fd: number, path: string): void {
    readExactly(fd, path, this.#bytes, 0, RING_DATA_OFFSET, 0);
  }

  /** Number of writer takeovers. */
  get epoch(): number {
    return this.words[EPOCH_OFFSET / 4] as number;
  }

  /** The process that created or last resumed the ring, by its own record; null if unknown. */
  get owner(): ProcessIdentity | null {
    return ownerIn(this.#bytes.subarray(OWNER_OFFSET, OWNER_OFFSET + OWNER_LENGTH));
  }

  /** Intent of the writer in bytes. */
  get intent(): number {
    return this.#intent.load() * RING_WORD;
  }

  /**
   * Removes the checkpoints that a writer may have changed since an earlier copy.
   * @returns whether all counters are sound: no store changed the high half of one since then
   */
  validate(earlier: RingHeaderCopy): boolean {
    for (let i = 0; i < CHECKPOINT_COUNT; i++) {
      const at = (CHECKPOINT_OFFSET + i * CHECKPOINT_LENGTH) / 4;
      if (!this.#agrees(earlier, at, CHECKPOINT_LENGTH / 4)) this.words[at] = UNFINISHED;
    }
    return COUNTERS.every((at) => this.#agrees(earlier, at, 1) && this.#agrees(earlier, at + 2, 1));
  }

  #agrees({ words }: RingHeaderCopy, from: number, length: number): boolean {
    for (let at = from; at < from + length; at++) if (words[at] !== this.words[at]) return false;
    return true;
  }
}
