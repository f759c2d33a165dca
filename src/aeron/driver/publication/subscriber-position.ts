/** One subscriber of one publication in the driver. */
import { type CounterSlot, loadPosition } from '../../client/monitoring/counter-value.js';
import type { DriverSubscription } from '../driver-subscription.js';

/** States of an untethered subscriber; a tethered one stays active. */
export const Tether = { Active: 0, Linger: 1, Resting: 2, Closed: 3 } as const;
export type Tether = (typeof Tether)[keyof typeof Tether];

/** Position and state of a subscriber. */
export class SubscriberPosition {
  /** The subscription. */
  readonly subscription: DriverSubscription;
  /** Id of the counter that holds the position. */
  readonly counterId: number;
  readonly #i32: Int32Array;
  readonly #slot: CounterSlot;
  state: Tether = Tether.Active;
  /** When the state was entered, or the position was last above the limit; monotonic milliseconds. */
  since: number;
  #low: number;

  constructor(subscription: DriverSubscription, counterId: number, slot: CounterSlot, nowMs: number) {
    this.subscription = subscription;
    this.counterId = counterId;
    this.#slot = slot;
    this.#i32 = slot.i32;
    this.since = nowMs;
    this.#low = slot.i32[slot.index] as number;
  }

  /** The position that the subscriber stored, in bytes. */
  get position(): number {
    return loadPosition(this.#slot.i32, this.#slot.index);
  }

  set position(position: number) {
    Atomics.store(this.#slot.i64, this.#slot.index >> 1, BigInt(position));
  }

  /** Whether publishers wait for this subscriber. */
  get isWorking(): boolean {
    return this.state === Tether.Active || this.state === Tether.Linger;
  }

  /**
   * Whether the position has changed since the last call. Loads only the low half, without ordering: a position never
   * moves by 4 GiB between two duty cycles. After a change the position is loaded with ordering.
   */
  hasMoved(): boolean {
    const low = this.#i32[this.#slot.index] as number;
    if (low === this.#low) return false;
    this.#low = low;
    return true;
  }
}
