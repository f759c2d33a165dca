/**
 * What an iteration does after an empty read. Only a channel that its writer closed ends an iteration. It waits for a
 * silent writer that is alive. Anything else is an error: a dead writer, a final timeout, damage. docs/concepts.md,
 * "How a channel ends".
 *
 * INV-END-01: an iteration or stream finishes without an error only after its writer closed the channel, or when the
 * caller ended it.
 */
import type { RingwireError } from '../../platform/index.js';

/** `again`: read once more at once. `wait`: wait for records. `end`: the writer has closed the channel. */
export type NextStep = 'again' | 'wait' | 'end';

/** Whether the reason is a silent writer that may publish again: it is alive, or its state is unknown. */
export function isLate(reason: RingwireError): boolean {
  return reason.code === 'TIMEOUT' && reason.writer !== 'dead' && reason.final !== true;
}

/** Decides the next step of an iteration after each read. */
export class EndWatch {
  readonly #source: { readonly endReason: RingwireError | null };
  readonly #onLate: ((timeout: RingwireError) => void) | undefined;
  /** Whether the silence of the writer was reported. */
  #reported = false;
  /** Whether the next empty read confirms that a dead writer left no records. */
  #confirming = false;

  /** Creates the watch. `onLate` is called once in each silence of a live writer. */
  constructor(
    source: { readonly endReason: RingwireError | null },
    onLate?: ((timeout: RingwireError) => void) | undefined,
  ) {
    this.#source = source;
    this.#onLate = onLate;
  }

  /** Resets the state after a record. */
  reset(): void {
    this.#reported = false;
    this.#confirming = false;
  }

  /**
   * Decides the next step after a read that delivered nothing.
   * @throws RingwireError the `endReason` of the reader, unless it is `CLOSED`
   */
  onNothing(): NextStep {
    const { endReason } = this.#source;
    if (endReason === null) {
      this.reset();
      return 'wait';
    }
    if (endReason.code === 'CLOSED') return 'end';
    if (isLate(endReason)) {
      this.#confirming = false;
      if (!this.#reported) {
        this.#reported = true;
        this.#onLate?.(endReason);
      }
      return 'wait';
    }
    // A writer that died between the read and the check of its lock may have published in between.
    if (endReason.code === 'TIMEOUT' && endReason.final !== true && !this.#confirming) {
      this.#confirming = true;
      return 'again';
    }
    throw endReason;
  }
}
