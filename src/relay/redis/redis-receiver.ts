/**
 * The incoming end for a Redis stream: reads entries into the destination.
 *
 * INV-RELAY-08: the bookmark of the destination alone says where the relay continues: record d + i of the destination is
 * record s + i of the stream, for the newest pair (d, s). Nothing is acknowledged at the server.
 */
import { RingwireError } from '../../platform/index.js';
import type { RelayEnd } from '../engine.js';
import type { RelayDestination } from '../relay-destination.js';
import type { RedisConnection } from './redis-connection.js';
import { readEntries, type StreamEntry, streamState } from './redis-stream.js';

const BATCH = 256;
const READ_RECORDS = 512;
const BLOCK_MILLIS = 500;

/** What an incoming end has done. It is shared by the ends of one relay, one after the other. */
export interface RedisReceiveCounters {
  received: number;
  lost: number;
  /** Records of the stream after the last one that was read, as the server last said it. */
  lag: number;
}

export class RedisReceiver implements RelayEnd {
  readonly #destination: RelayDestination;
  readonly #connection: RedisConnection;
  readonly #counters: RedisReceiveCounters;
  readonly #key: string;
  readonly #untilCaughtUp: boolean;
  /** Number of records of the stream that were read or passed over. */
  #taken: number;
  #arrived: readonly StreamEntry[] = [];
  #head = 0;
  #isReading = false;
  #fault: unknown = null;
  #isCaughtUp = false;

  /** `taken`: number of records of the stream that the destination does not need. */
  constructor(
    destination: RelayDestination,
    connection: RedisConnection,
    counters: RedisReceiveCounters,
    key: string,
    taken: number,
    untilCaughtUp: boolean,
  ) {
    this.#destination = destination;
    this.#connection = connection;
    this.#counters = counters;
    this.#key = key;
    this.#taken = taken;
    this.#untilCaughtUp = untilCaughtUp;
  }

  get isDone(): boolean {
    return this.#untilCaughtUp && this.#isCaughtUp && this.#isEmpty;
  }

  get #isEmpty(): boolean {
    return this.#head === this.#arrived.length;
  }

  doWork(): number {
    if (this.#fault !== null) throw this.#fault;
    this.#connection.check();
    let taken = 0;
    while (taken < BATCH && !this.#isEmpty && this.#take(this.#arrived[this.#head] as StreamEntry)) {
      this.#head++;
      taken++;
    }
    if (this.#isEmpty && !this.#isReading) void this.#read();
    return taken;
  }

  /** @returns false when the destination has no space now */
  #take({ source, sequence, record }: StreamEntry): boolean {
    const destination = this.#destination;
    const isFirst = destination.source !== source;
    if (isFirst || sequence > destination.next) {
      const passed = destination.begin(source, sequence);
      if (!isFirst) this.#counters.lost += passed;
    }
    if (!destination.tryWrite(record)) return false;
    this.#counters.received++;
    return true;
  }

  async #read(): Promise<void> {
    this.#isReading = true;
    try {
      const { taken } = await streamState(this.#connection, this.#key);
      if (taken < this.#taken) throw createdAgain(this.#key, taken, this.#taken);
      this.#counters.lag = taken - this.#taken;
      this.#isCaughtUp = taken === this.#taken;
      const block = this.#untilCaughtUp ? 0 : BLOCK_MILLIS;
      const arrived = await readEntries(this.#connection, this.#key, this.#taken, READ_RECORDS, block);
      this.#head = 0;
      this.#arrived = arrived;
      // Nothing follows: what is missing was trimmed.
      this.#taken =
        arrived.length === 0 ? Math.max(this.#taken, taken) : (arrived.at(-1) as StreamEntry).sequence + 1;
      if (arrived.length > 0) this.#counters.lag = Math.max(0, taken - this.#taken);
    } catch (error) {
      this.#fault = error;
    } finally {
      this.#isReading = false;
    }
  }
}

function createdAgain(key: string, taken: number, needed: number): RingwireError {
  return new RingwireError(
    'INVALID_POSITION',
    `the stream '${key}' has taken ${taken} records, fewer than the ${needed} that came before: it was deleted, or restored from an older copy; relay into another channel`,
  );
}
