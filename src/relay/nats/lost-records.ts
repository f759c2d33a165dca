/** Counts the records that core NATS did not deliver, by the numbers that publishers give to their records. */
import type { MsgHdrs } from '@nats-io/transport-node';
import { RECORD_HEADER } from './core-engine.js';

/** Sources whose last number is kept. */
const MOST_SOURCES = 1024;

export class LostRecords {
  readonly #next = new Map<string, number>();

  /** @returns number of records of the same source that are missing between the message before and this one */
  before(headers: MsgHdrs | undefined): number {
    const [source = '', number = ''] = headers?.get(RECORD_HEADER).split(':') ?? [];
    const sequence = Number(number);
    if (number === '' || !Number.isSafeInteger(sequence)) return 0;
    const next = this.#next.get(source) ?? sequence;
    // The source of the newest message is the last one of the map.
    this.#next.delete(source);
    this.#next.set(source, Math.max(next, sequence + 1));
    const [oldest] = this.#next.keys();
    if (this.#next.size > MOST_SOURCES && oldest !== undefined) this.#next.delete(oldest);
    return Math.max(0, sequence - next);
  }
}
