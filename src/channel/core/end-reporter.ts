/** Reporting the end of a channel to the caller of a reader. */
import type { RingwireError } from '../../platform/index.js';

/** Reports why no more records come once; later polls return 0. */
export class EndReporter {
  #reported = false;

  /** The first call after {@link reset} throws `reason`, unless its code is `CLOSED`; a closed channel is no error. */
  report(reason: RingwireError): void {
    if (this.#reported) return;
    this.#reported = true;
    if (reason.code !== 'CLOSED') throw reason;
  }

  /** Reports the next end again: the reader moved away from this one. */
  reset(): void {
    this.#reported = false;
  }
}
