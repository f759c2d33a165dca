/**
 * Slow path of the ring writer: advances the intent, stores checkpoints, and with back pressure checks the slowest
 * reader.
 */
import { type Clock, orderAll, SplitCounter } from '../../../platform/index.js';
import { announceBackPressure } from '../../core/diagnostics.js';
import { WriteResult } from '../../core/writer.js';
import { ReaderSlots } from '../reader-slots.js';
import { RingCheckpoints } from '../ring-checkpoints.js';
import type { RingFile } from '../ring-file.js';
import { INTENT_OFFSET, intentStep } from '../ring-header-layout.js';
import { RING_WORD } from '../ring-record-layout.js';
import { StuckReaders } from '../stuck-readers.js';

/** Grants a writer parts of the data area. Positions are in 8-byte words. */
export class RingAdmission {
  /** The reader slots. */
  readonly slots: ReaderSlots;
  /** The checkpoints. */
  readonly checkpoints: RingCheckpoints;
  readonly #intent: SplitCounter;
  readonly #stuck: StuckReaders;
  readonly #capacity: number;
  /** Words by which the intent is advanced beyond the need. */
  readonly #step: number;
  readonly #waits: boolean;
  /** The intent: the writer may store to any position before it. */
  #claimed: number;
  /** Position that the readers allow; at most the intent. */
  #allowed = 0;
  readonly #path: string;
  /** Whether the current wait has been announced. */
  #isAnnounced = false;

  /** Creates the admission. `words` covers the header; the file holds the writer's lock. */
  constructor(words: Int32Array, { fd, path, header }: RingFile, clock: Clock) {
    this.#path = path;
    this.slots = new ReaderSlots(words, fd);
    this.checkpoints = new RingCheckpoints(words);
    this.#intent = new SplitCounter(words, INTENT_OFFSET);
    this.#stuck = new StuckReaders(header, this.slots, clock);
    this.#capacity = header.capacity / RING_WORD;
    this.#step = intentStep(header.capacity) / RING_WORD;
    this.#waits = header.policy === 'back-pressure';
    this.#claimed = this.#intent.load();
  }

  /** Position up to which the writer may store without another check. */
  get allowed(): number {
    return this.#allowed;
  }

  /** Position up to which a back-pressured writer could store now. */
  get free(): number {
    return this.slots.slowest() + this.#capacity;
  }

  /** Whether a store before `end` needs a new intent, and with it a checkpoint. */
  needsIntent(end: number): boolean {
    return end > this.#claimed;
  }

  /**
   * Advances the intent by capacity / 16 beyond `end`: INV-RING-03, INV-SLOT-02. `position` and `sequence`: of the
   * next record, for the checkpoint.
   */
  claim(end: number, position: number, sequence: number, epoch: number): void {
    this.checkpoints.enter(position, sequence, epoch);
    this.#claimed = end + this.#step;
    this.#intent.store(this.#claimed);
    // INV-ORDER-02: no store to the data area comes before the intent.
    orderAll();
  }

  /**
   * Requests everything before `end`, which must lie within the intent.
   * @returns 0, or a negative {@link WriteResult}
   */
  admit(end: number): number {
    if (end <= this.#allowed) return 0;
    this.#allow();
    if (end > this.#allowed) return this.#backPressured(end);
    this.#isAnnounced = false;
    return 0;
  }

  #allow(): void {
    this.#allowed = this.#waits ? Math.min(this.free, this.#claimed) : this.#claimed;
  }

  #backPressured(end: number): number {
    if (!this.#isAnnounced) announceBackPressure(this.#path, this.#allowed * RING_WORD);
    this.#isAnnounced = true;
    const verdict = this.#stuck.examine(end - this.#capacity);
    if (verdict !== 0) return verdict;
    this.#allow();
    return end > this.#allowed ? WriteResult.BackPressured : 0;
  }
}
