/** Counts and reports the losses of a ring reader. */
import { type Loss, LossCounter } from '../../core/losses.js';
import type { ReaderRegistration } from '../reader-registration.js';

/** The losses of one reader. */
export class LossReporter {
  /** All losses so far. */
  readonly counts = new LossCounter();
  readonly #slot: ReaderRegistration | null;
  readonly #onLoss: ((loss: Loss) => void) | null;

  /** Creates the reporter. `slot`: lists the losses. `onLoss`: called for each loss. Both may be null. */
  constructor(slot: ReaderRegistration | null, onLoss: ((loss: Loss) => void) | null) {
    this.#slot = slot;
    this.#onLoss = onLoss;
  }

  report(loss: Loss): void {
    this.counts.add(loss);
    this.#slot?.addLap(loss.records);
    this.#onLoss?.(loss);
  }
}
