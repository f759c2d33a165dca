/** A timeout for a reader of any kind. Source: kekbit 0.3.2 `TimeoutReader`. */

import { type Clock, type Doorbell, type RingwireError, systemClock } from '../../platform/index.js';
import { u64 } from '../core/arguments.js';
import type { ChannelHeader } from '../core/header-layout.js';
import type { Reader, RecordHandler, RecordsOptions } from '../core/reader.js';
import { type TickUnit, tickUnitFromId } from '../core/tick-unit.js';
import { InactivityTimer } from './inactivity-timer.js';
import { iterateRecords } from './record-iteration.js';

/** Options of a {@link TimeoutReader}. */
export interface TimeoutReaderOptions {
  /**
   * Ticks of silence after which the channel ends for this reader, 0 to 2^64-1; 2^64-1 means never. Default: the
   * timeout of the channel.
   */
  readonly timeout?: bigint | number;
  /** Unit of `timeout`. Default: the unit of the channel. */
  readonly tickUnit?: TickUnit;
  /** Clock of this reader, for tests. Default: the system clock. */
  readonly clock?: Clock;
}

/**
 * Adds a final timeout to a reader. The timer starts at the first empty read and stops at any record or
 * heartbeat. After the timeout `endReason` is `TIMEOUT`, the reader delivers no more records, and iterations
 * fail with that error. A timeout of the inner reader has no effect.
 *
 * @example
 * ```ts
 * const reader = new TimeoutReader(ShmReader.open(root, id), { timeout: 500, tickUnit: TickUnit.Millis });
 * for await (const record of reader.records()) handle(record);
 * ```
 */
export class TimeoutReader implements Reader {
  readonly #reader: Reader;
  readonly #timeout: InactivityTimer;

  /**
   * Wraps `reader`. Closing this reader closes it.
   * @throws RingwireError `INVALID_ARGUMENT`, `INVALID_TICK_UNIT`
   */
  constructor(reader: Reader, options: TimeoutReaderOptions = {}) {
    const timeout = u64('timeout', options.timeout ?? reader.header.timeout);
    const tickUnit = tickUnitFromId(options.tickUnit ?? reader.header.tickUnit);
    this.#reader = reader;
    this.#timeout = new InactivityTimer(
      { timeout, tickUnit },
      options.clock ?? systemClock,
      'final',
      () => reader.writerAlive,
    );
  }

  get header(): ChannelHeader {
    return this.#reader.header;
  }

  get path(): string {
    return this.#reader.path;
  }

  get position(): number {
    return this.#reader.position;
  }

  get heartbeats(): number {
    return this.#reader.heartbeats;
  }

  get doorbell(): Doorbell | null {
    return this.#reader.doorbell;
  }

  get writerAlive(): boolean | null {
    return this.#reader.writerAlive;
  }

  get endReason(): RingwireError | null {
    const { endReason } = this.#reader;
    return endReason === null || endReason.code === 'TIMEOUT' ? this.#timeout.expired : endReason;
  }

  poll(handler: RecordHandler, limit?: number): number {
    if (this.#timeout.isFinal) return 0;
    const { heartbeats } = this.#reader;
    return this.#counted(this.#reader.poll(handler, limit), heartbeats);
  }

  tryRead(): Buffer | null {
    if (this.#timeout.isFinal) return null;
    const { heartbeats } = this.#reader;
    const record = this.#reader.tryRead();
    this.#counted(record === null ? 0 : 1, heartbeats);
    return record;
  }

  records(options?: RecordsOptions): AsyncIterableIterator<Buffer> {
    return iterateRecords(this, options);
  }

  /**
   * Moves the inner reader and withdraws a timeout.
   * @throws like `Reader.moveTo`
   */
  moveTo(position: number): number {
    const reached = this.#reader.moveTo(position);
    this.#timeout.restart();
    return reached;
  }

  close(): void {
    this.#reader.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #counted(count: number, heartbeatsBefore: number): number {
    if (count > 0 || this.#reader.heartbeats > heartbeatsBefore) this.#timeout.reset();
    else if (this.endReason === null) this.#timeout.onEmptyPoll(this.path);
    return count;
  }
}
