/** A counter of this client that every process can read. Source: Aeron 1.53 `Counter`. */
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

/** A 64-bit value in the shared counters of the driver. */
export class Counter implements Disposable {
  readonly registrationId: bigint;
  readonly counterId: number;
  readonly typeId: number;
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

  get isClosed(): boolean {
    return this.#closed;
  }

  /** The value; 0 after the counter was closed, or the driver allocated it again. */
  get value(): bigint {
    return this.#isMine ? Atomics.load(this.#slot.i64, this.#slot.index >> 1) : 0n;
  }

  /** Stores a value; does nothing after the counter was closed. */
  set value(value: bigint) {
    if (this.#isMine) Atomics.store(this.#slot.i64, this.#slot.index >> 1, value);
  }

  /** Adds and returns the value before; 0 after the counter was closed. */
  getAndAdd(delta: bigint): bigint {
    return this.#isMine ? Atomics.add(this.#slot.i64, this.#slot.index >> 1, delta) : 0n;
  }

  /** INV-AERON-COUNTER-01: nothing is stored in a counter whose registration id is another one's. */
  get #isMine(): boolean {
    if (this.#closed) return false;
    return Atomics.load(this.#slot.i64, (this.#slot.index >> 1) + 1) === this.registrationId;
  }

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
