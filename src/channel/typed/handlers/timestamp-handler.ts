import { type Clock, systemClock } from '../../../platform/index.js';
import { type TickUnit, tickUnitFromId, unixTicks } from '../../core/tick-unit.js';
import type { RecordDecorator } from './record-decorator.js';

/**
 * Adds the time of writing before each record: Unix time in ticks, u64, little endian. Source: kekbit 0.3.1
 * `TimestampHandler`.
 *
 * @example
 * ```ts
 * const handler = new TimestampHandler(TickUnit.Nanos);
 * const writer = new TypedWriter(ShmWriter.create(root, options), utf8, handler);
 * ```
 */
export class TimestampHandler implements RecordDecorator {
  readonly incomingLength = 8;
  readonly outgoingLength = 0;
  readonly #tickUnit: TickUnit;
  readonly #clock: Clock;
  readonly #last = Buffer.alloc(8);

  /**
   * Creates a handler for times in `tickUnit`. `clock`: default the system clock.
   * @throws RingwireError `INVALID_TICK_UNIT`
   */
  constructor(tickUnit: TickUnit, clock: Clock = systemClock) {
    this.#tickUnit = tickUnitFromId(tickUnit);
    this.#clock = clock;
  }

  /** Time of the last record written or read, in ticks since 1970; 0 before the first. */
  get timestamp(): bigint {
    return this.#last.readBigUInt64LE();
  }

  incoming(buffer: Buffer, offset: number): void {
    this.#last.writeBigUInt64LE(BigInt.asUintN(64, unixTicks(this.#tickUnit, this.#clock)));
    this.#last.copy(buffer, offset);
  }

  outgoing(): void {}

  receive(buffer: Buffer, start: number): void {
    buffer.copy(this.#last, 0, start, start + 8);
  }
}
