/** Start positions of ring readers: checkpoints that the writer has not overtaken. */
import type { SplitCounter } from '../../platform/index.js';
import type { StreamPosition } from '../core/stream-position.js';
import type { Checkpoint, RingCheckpoints } from './ring-checkpoints.js';
import { RING_WORD } from './ring-record-layout.js';

const BEGINNING: Checkpoint = { position: 0, sequence: 0, epoch: 0 };

/** Chooses start positions from the checkpoints and the intent. */
export class StartPositions {
  readonly #checkpoints: RingCheckpoints;
  readonly #intent: SplitCounter;
  /** Capacity in bytes. */
  readonly #capacity: number;

  constructor(checkpoints: RingCheckpoints, intent: SplitCounter, capacity: number) {
    this.#checkpoints = checkpoints;
    this.#intent = intent;
    this.#capacity = capacity;
  }

  /** The writer may have overwritten everything before this position, in bytes. Negative in the first lap. */
  get floor(): number {
    return this.#intent.load() * RING_WORD - this.#capacity;
  }

  /**
   * Returns the oldest safe checkpoint. `skip`: number of later ones to skip, for a reader that is overtaken
   * repeatedly.
   */
  oldest(skip = 0): Checkpoint {
    const { floor } = this;
    if (skip === 0) return this.#checkpoints.oldestFrom(floor) ?? BEGINNING;
    const safe = this.#checkpoints.list().filter(({ position }) => position >= floor);
    return safe[Math.min(skip, safe.length - 1)] ?? BEGINNING;
  }

  /** Returns the newest checkpoint. The published end is at most a sixteenth of the ring after it. */
  newest(): Checkpoint {
    return this.#checkpoints.newest() ?? BEGINNING;
  }

  /** Returns the safe checkpoint from which to read to `position`, or null if the ring no longer contains it. */
  before(position: number): Checkpoint | null {
    const { floor } = this;
    const found = this.#checkpoints.list().findLast((c) => c.position <= position && c.position >= floor);
    return found ?? (position === 0 && floor <= 0 ? BEGINNING : null);
  }

  /** Returns the safe checkpoint from which to read to the record `sequence`, or null if the ring no longer contains it. */
  beforeSequence(sequence: number): Checkpoint | null {
    const { floor } = this;
    const found = this.#checkpoints.list().findLast((c) => c.sequence <= sequence && c.position >= floor);
    return found ?? (sequence === 0 && floor <= 0 ? BEGINNING : null);
  }

  /**
   * Returns the checkpoint at which a reader overtaken at `place` continues, or null if no checkpoint is safe now.
   */
  after(place: StreamPosition, skip: number): Checkpoint | null {
    const { floor } = this;
    const end = floor + this.#capacity;
    const safe = this.#checkpoints
      .list()
      .filter(
        ({ position, sequence }) =>
          position >= floor && position <= end && position > place.position && sequence >= place.sequence,
      );
    return safe[Math.min(skip, safe.length - 1)] ?? null;
  }
}
