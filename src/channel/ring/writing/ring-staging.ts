/** The slow path of staging in a ring: the first record of a unit, and limits. The staged records are one unit. */
import type { StagedRecords } from '../../core/staged-records.js';
import { WriteResult } from '../../core/writer.js';
import { type RingHeader, ringBatchLimit } from '../ring-header-layout.js';
import { RING_WORD } from '../ring-record-layout.js';
import type { UnitPublisher } from './unit-publisher.js';

/** Stages a unit. While it is staged, the slow path stays at the position of its padding or first record. */
export class RingStaging {
  /** The longest unit without its padding, in words. */
  readonly longest: number;
  readonly #records: StagedRecords;
  readonly #units: UnitPublisher;
  readonly #maxLength: number;

  /** `records`: those of the writer. `units`: its slow path. */
  constructor(records: StagedRecords, units: UnitPublisher, { capacity, maxMessageLength }: RingHeader) {
    this.#records = records;
    this.#units = units;
    this.#maxLength = maxMessageLength;
    this.longest = (ringBatchLimit(capacity) / RING_WORD) | 0;
  }

  /**
   * Stages the first record of a unit, after padding where it does not fit before the end of the data area.
   * @returns offset of its payload in the data area, in bytes, or a negative {@link WriteResult}
   */
  begin(length: number): number {
    const units = this.#units;
    const padding = units.reserve((length + 15) >>> 3);
    if (padding < 0) return padding;
    const first = padding > 0 ? 0 : units.at;
    return this.#records.begin(first, this.#end(first), length, units.sequence);
  }

  /**
   * Stages one more record where the fast path found no space for it.
   * @returns offset of its payload in the data area, in bytes; `RecordTooLong`; `StageFull` if it does not belong to this
   * unit
   */
  extend(length: number): number {
    if (length > this.#maxLength) return WriteResult.RecordTooLong;
    const records = this.#records;
    const { first } = records;
    const next = records.next + ((length + 15) >>> 3);
    if (next - first > this.longest || !this.#units.extend(first, next)) return WriteResult.StageFull;
    records.extend(this.#end(first));
    return records.add(length);
  }

  /** Publishes the unit. @returns bytes taken in the ring */
  publish(): number {
    const records = this.#records;
    const taken = this.#units.publishStaged(records);
    records.clear();
    return taken;
  }

  /** Word index at which a unit whose records begin at `first` must end at the latest, as long as it is not extended. */
  #end(first: number): number {
    return Math.min(this.#units.limitFrom(first) - 1, first + this.longest) | 0;
  }
}
