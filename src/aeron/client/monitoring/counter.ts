/** A counter of this client, readable by every process. Source: Aeron 1.53 `Counter`. */
import type { CounterSlot } from './counter-value.js';

/** The parts of a counter. */
export interface CounterParts {
  readonly registrationId: bigint;
  readonly counterId: number;
  readonly typeId: number;
  readonly label: string;
  readonly slot: CounterSlot;
  readonly release: () => void;
}

/**
 * A 64-bit signed value in the shared counters of the driver.
 *
 * @example
 * const counter = await aeron.addCounter(1001, 'orders received');
 * counter.getAndAdd(1n);
 */
export class Counter implements Disposable {
  /** Registration id of the counter. */
  readonly registrationId: bigint;
  /** Id of the counter: its index among the counters of the driver. */
  readonly counterId: number;
  /** Type of the counter; types of users start at 1000. */
  readonly typeId: number;
  /** Label as requested; the driver stores at most 380 bytes of it. */
  readonly label: string;
  readonly #slot: CounterSlot;
  readonly #release: () => void;
  #closed = false;

  /** @internal `Aeron` creates counters. */
  constructor(parts: CounterParts) {
    this.registrationId = parts.registrationId;
    this.counterId = parts.counterId;
    this.typeId = parts.typeId;
    this.label = parts.label;
    this.#slot = parts.slot;
    this.#release = parts.release;
  }

  /** Whether this counter or its client was closed. */
  get isClosed(): boolean {
    return this.#closed;
  }

  /** The value; 0 after the counter was closed or the driver reused its id. */
  get value(): bigint {
    return this.#isMine ? Atomics.load(this.#slot.i64, this.#slot.index >> 1) : 0n;
  }

  /** Stores a value; does nothing after the counter was closed. */
  set value(value: bigint) {
    if (this.#isMine) Atomics.store(this.#slot.i64, this.#slot.index >> 1, value);
  }

  /** Adds `delta` atomically. @returns the previous value; 0 after the counter was closed */
  getAndAdd(delta: bigint): bigint {
    return this.#isMine ? Atomics.add(this.#slot.i64, this.#slot.index >> 1, delta) : 0n;
  }

  /** INV-AERON-COUNTER-01: nothing is stored in a counter whose registration id differs from that of this object. */
  get #isMine(): boolean {
    if (this.#closed) return false;
    return Atomics.load(this.#slot.i64, (this.#slot.index >> 1) + 1) === this.registrationId;
  }

  /** Frees the counter; the driver may reuse its id. A static counter stays. A second call does nothing. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#release();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** @internal */
  forceClose(): void {
    this.#closed = true;
  }
}
