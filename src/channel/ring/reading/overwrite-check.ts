/** Validation of what a reader of a ring has read. */
import { orderLoads, type SplitCounter } from '../../../platform/index.js';
import type { SlotUse } from '../reader-registration.js';
import { RING_WORD } from '../ring-record-layout.js';

/**
 * Answers whether the writer may have overwritten what was read.
 *
 * INV-RING-05: every delivered record was validated: the intent was still within one capacity of where the record
 * begins, or the slot of the reader still protected it.
 */
export class OverwriteCheck {
  readonly #intent: SplitCounter;
  readonly #slot: SlotUse | null;
  /** In bytes. */
  readonly #capacity: number = 0;

  /** `slot`: of a reader that the writer waits for, or null. */
  constructor(intent: SplitCounter, slot: SlotUse | null, capacity: number) {
    this.#intent = intent;
    this.#slot = slot;
    this.#capacity = capacity;
  }

  /** Whether everything from `position`, in bytes, is still as it was published. */
  isSafe(position: number): boolean {
    // INV-ORDER-01: everything read so far was loaded before the load below that validates it.
    orderLoads();
    if (this.#slot !== null) return this.#slot.protects(position / RING_WORD);
    return this.#intent.upperBound() * RING_WORD <= position + this.#capacity;
  }
}
