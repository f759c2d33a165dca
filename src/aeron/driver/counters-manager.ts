/**
 * Allocates and frees counters. Source: Aeron 1.53 `CountersManager`.
 *
 * INV-AERON-COUNTER-02: the state of a counter is stored last when the counter is allocated, and first when it is freed.
 * A reader that loads the same state before and after its other loads has read one counter.
 */
import { orderStores } from '../../platform/index.js';
import { AeronError, AeronErrorCode } from '../client/aeron-error.js';
import { CountersReader } from '../client/monitoring/counters-reader.js';
import type { Section } from '../client/section.js';
import {
  COUNTER_METADATA_LENGTH,
  COUNTER_VALUE_LENGTH,
  CounterState,
  FREE_FOR_REUSE_DEADLINE_OFFSET,
  KEY_OFFSET,
  LABEL_LENGTH_OFFSET,
  LABEL_OFFSET,
  MAX_KEY_LENGTH,
  MAX_LABEL_LENGTH,
  OWNER_ID_OFFSET,
  REFERENCE_ID_OFFSET,
  REGISTRATION_ID_OFFSET,
  STATE_OFFSET,
  TYPE_ID_OFFSET,
  VALUE_OFFSET,
} from '../layout/counter-layout.js';
import { cutText } from '../layout/cut-text.js';

const IN_USE = 0x7fff_ffff_ffff_ffffn;

/** A counter to allocate. */
export interface NewCounter {
  readonly typeId: number;
  readonly key: Buffer;
  readonly label: string;
  readonly registrationId: bigint;
  readonly ownerId: bigint;
  readonly referenceId?: bigint;
  readonly value?: bigint;
}

/** The writing side of the counters. */
export class CountersManager {
  /** Reads the same counters. */
  readonly reader: CountersReader;
  readonly #metadata: Section;
  readonly #values: Section;
  /** Freed ids, oldest first; deadlines in monotonic milliseconds. */
  readonly #free: { readonly id: number; readonly deadline: number }[] = [];
  readonly #reuseMs: number;
  #next = 0;

  /** @param reuseMs milliseconds before a freed id is used again: readers may still use it */
  constructor(metadata: Section, values: Section, reuseMs: number) {
    this.#reuseMs = reuseMs;
    this.#metadata = metadata;
    this.#values = values;
    this.reader = new CountersReader(metadata, values);
  }

  /** @throws AeronError 11 when all counters are in use */
  allocate(counter: NewCounter): number {
    const id = this.#takeId();
    const value = id * COUNTER_VALUE_LENGTH;
    const meta = id * COUNTER_METADATA_LENGTH;
    const { bytes } = this.#metadata;
    this.#values.store64(value + VALUE_OFFSET, counter.value ?? 0n);
    this.#values.store64(value + REGISTRATION_ID_OFFSET, counter.registrationId);
    this.#values.store64(value + OWNER_ID_OFFSET, counter.ownerId);
    this.#values.store64(value + REFERENCE_ID_OFFSET, counter.referenceId ?? 0n);
    this.#metadata.i32[(meta + TYPE_ID_OFFSET) / 4] = counter.typeId;
    this.#metadata.store64(meta + FREE_FOR_REUSE_DEADLINE_OFFSET, IN_USE);
    bytes.fill(0, meta + KEY_OFFSET, meta + KEY_OFFSET + MAX_KEY_LENGTH);
    counter.key.copy(bytes, meta + KEY_OFFSET, 0, MAX_KEY_LENGTH);
    const label = cutText(counter.label, MAX_LABEL_LENGTH);
    label.copy(bytes, meta + LABEL_OFFSET);
    this.#metadata.store32(meta + LABEL_LENGTH_OFFSET, label.length);
    this.#metadata.store32(meta + STATE_OFFSET, CounterState.Allocated);
    return id;
  }

  free(id: number): void {
    const meta = id * COUNTER_METADATA_LENGTH;
    this.#metadata.store32(meta + STATE_OFFSET, CounterState.Reclaimed);
    // INV-AERON-COUNTER-02
    orderStores();
    this.#metadata.bytes.fill(0, meta + KEY_OFFSET, meta + KEY_OFFSET + MAX_KEY_LENGTH);
    this.#metadata.store64(meta + FREE_FOR_REUSE_DEADLINE_OFFSET, BigInt(Date.now() + this.#reuseMs));
    this.#free.push({ id, deadline: performance.now() + this.#reuseMs });
  }

  get(id: number): bigint {
    return this.#values.load64(id * COUNTER_VALUE_LENGTH);
  }

  set(id: number, value: bigint): void {
    this.#values.store64(id * COUNTER_VALUE_LENGTH, value);
  }

  add(id: number, delta: bigint): void {
    Atomics.add(this.#values.i64, (id * COUNTER_VALUE_LENGTH) / 8, delta);
  }

  /** The location of the value of a counter. */
  slot(id: number): { i32: Int32Array; i64: BigInt64Array; index: number } {
    return { i32: this.#values.i32, i64: this.#values.i64, index: (id * COUNTER_VALUE_LENGTH) / 4 };
  }

  #takeId(): number {
    const rested = this.#free[0];
    if (rested !== undefined && rested.deadline <= performance.now()) {
      this.#free.shift();
      return rested.id;
    }
    if ((this.#next + 1) * COUNTER_VALUE_LENGTH > this.#values.length) {
      throw new AeronError(
        AeronErrorCode.Generic,
        `max counter id exceeded: all ${this.#next} counters are in use; raise counterValuesLength`,
      );
    }
    return this.#next++;
  }
}
