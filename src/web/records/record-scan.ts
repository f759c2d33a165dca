/**
 * Reads the records of a channel for a browser: keeps the last ones that match, within bounds of time and memory. Reads as
 * an observer, which applies no back pressure.
 */
import { isBehind, openReader, type Reader } from '../../channel/index.js';
import type { RecordsAnswer } from '../api/answers.js';
import { LastRecords } from './last-records.js';

/** Records between two looks at the clock. */
const STRIDE = 1024;

/** Which records a browser wants. */
export interface RecordQuery {
  /** Number of last records, from 1. */
  readonly limit: number;
  /** Text that the records contain, as UTF-8; empty for all. */
  readonly search: string;
}

/** A reader at work for one browser. */
export class RecordScan implements Disposable {
  readonly #reader: Reader;
  readonly #search: Buffer | null;
  readonly #found: LastRecords;

  /** @throws RingwireError as opening a channel does */
  constructor(root: string, channelId: bigint, { limit, search }: RecordQuery) {
    this.#reader = openReader(root, channelId, { timeout: 'never', observe: true });
    this.#search = search === '' ? null : Buffer.from(search);
    this.#found = new LastRecords(limit);
  }

  /**
   * Reads for at most `millis` milliseconds.
   * @returns whether the end of the channel was reached
   */
  advance(millis: number): boolean {
    const deadline = performance.now() + millis;
    do {
      if (this.#poll() < STRIDE && !isBehind(this.#reader)) return true;
    } while (performance.now() < deadline);
    return false;
  }

  /** The records found since the last call. */
  take(): RecordsAnswer {
    const skipped = this.#found.replaced;
    return { records: this.#found.take(), skipped, end: this.#reader.endReason?.code ?? null };
  }

  [Symbol.dispose](): void {
    this.#reader.close();
  }

  #poll(): number {
    try {
      return this.#reader.poll(this.#keep, STRIDE);
    } catch (error) {
      // Damage is reported as the end of the channel.
      if (this.#reader.endReason === null) throw error;
      return 0;
    }
  }

  readonly #keep = (buffer: Buffer, offset: number, length: number, position: number): void => {
    if (this.#search !== null && !buffer.subarray(offset, offset + length).includes(this.#search)) return;
    this.#found.add(buffer, offset, length, position);
  };
}
