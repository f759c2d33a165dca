/** Reads the counters of a media driver. Source: Aeron 1.53 `CountersReader`. */
import { orderLoads } from '../../../platform/index.js';
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
} from '../../layout/counter-layout.js';
import type { Section } from '../section.js';

/** A copy of one counter. Source: Aeron 1.53 `CountersReader`. */
export interface CounterDescription {
  /** Id of the counter: its index. */
  readonly id: number;
  /** Type of the counter, one of {@link CounterType}, or 1000 and above for users. */
  readonly typeId: number;
  /** Label, at most 380 bytes of UTF-8. */
  readonly label: string;
  /** 112 bytes; their meaning depends on the type. */
  readonly key: Buffer;
  /** Value when it was read. */
  readonly value: bigint;
  /** Registration id; 0 for counters without one. */
  readonly registrationId: bigint;
  /** The client that owns it; -1 for system and static counters. */
  readonly ownerId: bigint;
  /** Id of the object that the counter refers to; 0 when it refers to none. */
  readonly referenceId: bigint;
}

/**
 * The counters of a driver.
 *
 * @example
 * for (const { id, value, label } of aeron.counters) console.log(id, value, label);
 */
export class CountersReader {
  readonly #metadata: Section;
  readonly #values: Section;
  /** The largest possible id. */
  readonly maxCounterId: number;

  /** @internal Use `Aeron.counters` or {@link CncFile}. */
  constructor(metadata: Section, values: Section) {
    this.#metadata = metadata;
    this.#values = values;
    this.maxCounterId = Math.floor(values.length / COUNTER_VALUE_LENGTH) - 1;
  }

  /** Descriptions, 512 bytes each. Read-only for callers; length 0 after unmapping. */
  get metadataBuffer(): Buffer {
    return this.#metadata.bytes;
  }

  /** Values, 128 bytes each. Read-only for callers; length 0 after unmapping. */
  get valuesBuffer(): Buffer {
    return this.#values.bytes;
  }

  /** All counters in use, by ascending id. Skips a counter that is freed while it is read. */
  *[Symbol.iterator](): Generator<CounterDescription, void, undefined> {
    for (let id = 0; id <= this.maxCounterId; id++) {
      const state = this.state(id);
      if (state === CounterState.Unused) return;
      const counter = state === CounterState.Allocated ? this.#describe(id) : null;
      if (counter !== null) yield counter;
    }
  }

  /** The counter with this id, or null when it is not in use. */
  get(id: number): CounterDescription | null {
    return this.#has(id) && this.state(id) === CounterState.Allocated ? this.#describe(id) : null;
  }

  /** The id of the counter with this type and registration id, or null. */
  find(typeId: number, registrationId: bigint): number | null {
    for (const counter of this) {
      if (counter.typeId === typeId && counter.registrationId === registrationId) return counter.id;
    }
    return null;
  }

  /** The state of an id; ids out of range are unused. */
  state(id: number): number {
    return this.#has(id)
      ? this.#metadata.load32(id * COUNTER_METADATA_LENGTH + STATE_OFFSET)
      : CounterState.Unused;
  }

  /** The value of an id in any state; 0 for ids out of range. */
  value(id: number): bigint {
    return this.#has(id) ? this.#values.load64(id * COUNTER_VALUE_LENGTH + VALUE_OFFSET) : 0n;
  }

  /** When a freed id may be used again, Unix time in milliseconds; 2^63-1 while it is in use. */
  freeForReuseDeadline(id: number): bigint {
    if (!this.#has(id)) return 0n;
    return this.#metadata.load64(id * COUNTER_METADATA_LENGTH + FREE_FOR_REUSE_DEADLINE_OFFSET);
  }

  #describe(id: number): CounterDescription | null {
    const { bytes } = this.#metadata;
    const at = id * COUNTER_METADATA_LENGTH;
    const valueAt = id * COUNTER_VALUE_LENGTH;
    const registrationId = this.#values.load64(valueAt + REGISTRATION_ID_OFFSET);
    const labelLength = Math.min(
      Math.max(this.#metadata.load32(at + LABEL_LENGTH_OFFSET), 0),
      MAX_LABEL_LENGTH,
    );
    const counter = {
      id,
      typeId: this.#metadata.load32(at + TYPE_ID_OFFSET),
      label: bytes.toString('utf8', at + LABEL_OFFSET, at + LABEL_OFFSET + labelLength),
      key: Buffer.from(bytes.subarray(at + KEY_OFFSET, at + KEY_OFFSET + MAX_KEY_LENGTH)),
      value: this.#values.load64(valueAt + VALUE_OFFSET),
      registrationId,
      ownerId: this.#values.load64(valueAt + OWNER_ID_OFFSET),
      referenceId: this.#values.load64(valueAt + REFERENCE_ID_OFFSET),
    };
    // INV-AERON-COUNTER-02: the state is loaded after everything else.
    orderLoads();
    const same =
      this.state(id) === CounterState.Allocated &&
      this.#values.load64(valueAt + REGISTRATION_ID_OFFSET) === registrationId;
    return same ? counter : null;
  }

  #has(id: number): boolean {
    // After the file was unmapped all views have length 0.
    return Number.isInteger(id) && id >= 0 && id <= this.maxCounterId && this.#values.i32.length > 0;
  }
}
