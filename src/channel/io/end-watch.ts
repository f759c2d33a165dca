/**
 * What an iteration does when its reader has nothing to deliver. Only a channel that its writer closed ends an
 * iteration. A silent writer that lives is waited for. Anything else is an error: a writer that died, a final timeout,
 * damage. docs/concepts.md, "How a channel ends".
 *
 * INV-END-01: an iteration or stream finishes without an error only after its writer closed the channel, or when the
 * caller ended it.
 */
import type { RingwireError } from '../../platform/index.js';

/** `again`: read once more, at once. `wait`: wait for records. `end`: the writer has closed the channel. */
export type NextStep = 'again' | 'wait' | 'end';

/** Whether a reason says that a writer is silent, but may write again: it lives, or nothing says that it died. */
export function isLate(reason: RingwireError): boolean {
  return reason.code === 'TIMEOUT' && reason.writer !== 'dead' && reason.final !== true;
}

export class EndWatch {
  readonly #source: { readonly endReason: RingwireError | null };
  readonly #onLate: ((timeout: RingwireError) => void) | undefined;
  /** Whether the writer's silence has been reported. */
  #reported = false;
  /** Whether the reader was empty once more after its writer was found dead. */
  #confirming = false;

  /** `onLate` is called once in each silence of a live writer. */
  constructor(
    source: { readonly endReason: RingwireError | null },
    onLate?: ((timeout: RingwireError) => void) | undefined,
  ) {
    this.#source = source;
    this.#onLate = onLate;
  }

  /** After a record. */
  reset(): void {
    this.#reported = false;
    this.#confirming = false;
  }

  /** After a read that delivered nothing. @throws RingwireError the `endReason` of the reader, unless it is `CLOSED` */
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
    // A writer that died between the read and the look at its lock may have published before.
    if (endReason.code === 'TIMEOUT' && endReason.final !== true && !this.#confirming) {
      this.#confirming = true;
      return 'again';
    }
    throw endReason;
  }
}
