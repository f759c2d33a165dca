/**
 * A Redis stream as the sink of a relay.
 *
 * INV-RELAY-07: one transaction is in flight at a time, and its records follow those of the one before. So the stream holds
 * a prefix of the records at any moment, also when the server refuses a transaction. The id of a record is its number: the
 * server refuses a record that it holds, also from a connection that has ended.
 */
import type { DurableCursor } from '../../channel/index.js';
import type { RelaySink } from '../engine.js';
import type { RedisConnection } from './redis-connection.js';
import { addCommand, type StreamEntry } from './redis-stream.js';

const BATCH_RECORDS = 1024;
const BATCH_BYTES = 4 * 2 ** 20;

/** Where the records go. */
export interface RedisSinkTarget {
  /** Key of the stream. */
  readonly key: string;
  /** Identity of the source. */
  readonly source: number;
  /** Records that the stream keeps, about; undefined: all. */
  readonly maxRecords: number | undefined;
}

export class RedisSink implements RelaySink {
  next: number;
  confirmed: number;
  readonly #connection: RedisConnection;
  readonly #target: RedisSinkTarget;
  readonly #cursor: DurableCursor;
  /** Number of records that the stream has taken. */
  #taken: number;
  #batch: StreamEntry[] = [];
  #bytes = 0;
  #isSending = false;
  #fault: unknown = null;

  /** `next`: number of the first record to add; `taken`: number of records that the stream has taken. */
  constructor(
    connection: RedisConnection,
    target: RedisSinkTarget,
    cursor: DurableCursor,
    next: number,
    taken: number,
  ) {
    this.#connection = connection;
    this.#target = target;
    this.#cursor = cursor;
    this.next = this.confirmed = next;
    this.#taken = taken;
    if (cursor.saved === null) this.save();
  }

  get room(): number {
    return this.#bytes >= BATCH_BYTES ? 0 : BATCH_RECORDS - this.#batch.length;
  }

  append(record: Uint8Array): void {
    const { buffer, byteOffset, length } = record;
    const entry = {
      sequence: this.next,
      source: this.#target.source,
      record: Buffer.from(buffer, byteOffset, length),
    };
    this.#batch.push(entry);
    this.#bytes += length;
    this.next++;
  }

  skip(sequence: number): void {
    this.next = this.confirmed = sequence;
    this.save();
  }

  save(): void {
    const { source: userValue } = this.#target;
    this.#cursor.save({ position: this.#taken, sequence: this.confirmed, userValue });
  }

  /** Also sends what was appended, when the transaction before it is confirmed. */
  check(): void {
    if (this.#fault !== null) throw this.#fault;
    this.#connection.check();
    if (this.#batch.length > 0 && !this.#isSending) void this.#send();
  }

  async #send(): Promise<void> {
    const { key, maxRecords } = this.#target;
    const batch = this.#batch;
    this.#batch = [];
    this.#bytes = 0;
    this.#isSending = true;
    try {
      await this.#connection.transaction(batch.map((entry) => addCommand(key, entry, maxRecords)));
      const { sequence } = batch.at(-1) as StreamEntry;
      this.confirmed = this.#taken = sequence + 1;
    } catch (error) {
      this.#fault = error;
    } finally {
      this.#isSending = false;
    }
  }
}
