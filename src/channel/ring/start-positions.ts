/** The positions at which a reader of a ring may begin: checkpoints that the writer has not overtaken. */
import type { SplitCounter } from '../../platform/index.js';
import type { StreamPosition } from '../core/stream-position.js';
import type { Checkpoint, RingCheckpoints } from './ring-checkpoints.js';
import { RING_WORD } from './ring-record-layout.js';

const BEGINNING: Checkpoint = { position: 0, sequence: 0, epoch: 0 };

/** Chooses start positions from the checkpoints and the intent. */
export class StartPositions {
  readonly #checkpoints: RingCheckpoints;
  readonly #intent: SplitCounter;
  /** In bytes. */
  readonly #capacity: number;

  constructor(checkpoints: RingCheckpoints, intent: SplitCounter, capacity: number) {
    this.#checkpoints = checkpoints;
    this.#intent = intent;
    this.#capacity = capacity;
  }

  /** Everything before this position, in bytes, may be overwritten already; negative in the first lap. */
  get floor(): number {
    return this.#intent.load() * RING_WORD - this.#capacity;
  }

  /** The oldest safe checkpoint; `skip` later ones for a reader that is overtaken repeatedly. */
  oldest(skip = 0): Checkpoint {
    const { floor } = this;
    const safe = this.#checkpoints.list().filter(({ position }) => position >= floor);
    return safe[Math.min(skip, safe.length - 1)] ?? BEGINNING;
  }

  /** The newest checkpoint; the published end is at most a sixteenth of the ring after it. */
  newest(): Checkpoint {
    return this.#checkpoints.list().at(-1) ?? BEGINNING;
  }

  /** The safe checkpoint from which to walk to `position`, or null if the ring no longer holds it. */
  before(position: number): Checkpoint | null {
    const { floor } = this;
    const found = this.#checkpoints.list().findLast((c) => c.position <= position && c.position >= floor);
    return found ?? (position === 0 && floor <= 0 ? BEGINNING : null);
  }

  /** Where a reader that was overtaken at `place` continues, or null if no checkpoint is safe at this moment. */
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
