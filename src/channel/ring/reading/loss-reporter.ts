/** Counts and reports the losses of a ring reader. */
import { announceLoss } from '../../core/diagnostics.js';
import { type Loss, LossCounter } from '../../core/losses.js';
import type { ReaderRegistration } from '../reader-registration.js';

/** The losses of one reader. */
export class LossReporter {
  /** All losses so far. */
  readonly counts = new LossCounter();
  readonly #slot: ReaderRegistration | null;
  readonly #onLoss: ((loss: Loss) => void) | null;
  readonly #path: string;

  /** Creates the reporter. `slot`: lists the losses. `onLoss`: called for each loss. Both may be null. */
  constructor(path: string, slot: ReaderRegistration | null, onLoss: ((loss: Loss) => void) | null) {
    this.#path = path;
    this.#slot = slot;
    this.#onLoss = onLoss;
  }

  report(loss: Loss): void {
    this.counts.add(loss);
    this.#slot?.addLap(loss.records);
    announceLoss('ring', this.#path, loss);
    this.#onLoss?.(loss);
  }
}
