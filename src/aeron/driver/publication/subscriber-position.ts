/** One subscriber of one publication, as the driver follows it. */
import { type CounterSlot, loadPosition } from '../../client/monitoring/counter-value.js';
import type { DriverSubscription } from '../driver-subscription.js';

/** States of a subscriber that may be dropped when it is slow; tethered ones stay active. */
export const Tether = { Active: 0, Linger: 1, Resting: 2, Closed: 3 } as const;
export type Tether = (typeof Tether)[keyof typeof Tether];

export class SubscriberPosition {
  readonly subscription: DriverSubscription;
  readonly counterId: number;
  readonly #slot: CounterSlot;
  state: Tether = Tether.Active;
  /** When the state was entered, or progress was last good enough; monotonic milliseconds. */
  since: number;

  constructor(subscription: DriverSubscription, counterId: number, slot: CounterSlot, nowMillis: number) {
    this.subscription = subscription;
    this.counterId = counterId;
    this.#slot = slot;
    this.since = nowMillis;
  }

  get position(): number {
    return loadPosition(this.#slot.i32, this.#slot.index);
  }

  set position(position: number) {
    Atomics.store(this.#slot.i64, this.#slot.index >> 1, BigInt(position));
  }

  /** Whether publishers wait for this one. */
  get isWorking(): boolean {
    return this.state === Tether.Active || this.state === Tether.Linger;
  }
}
