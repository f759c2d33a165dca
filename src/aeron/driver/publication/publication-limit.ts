/**
 * Moves the limit of a publication with its subscribers and zeroes the consumed range. Source: Aeron 1.53
 * `IpcPublication.updatePublisherPositionAndLimit`, `cleanBufferTo`.
 *
 * INV-AERON-LIMIT-01: the limit is never more than a window ahead of the slowest active subscriber, and the range that it
 * frees is zeroed before.
 */
import type { LogBuffers } from '../../client/log-buffers.js';
import { type CounterSlot, storePosition } from '../../client/monitoring/counter-value.js';
import { PARTITION_COUNT, positionOf } from '../../layout/frame-layout.js';
import { ACTIVE_TERM_COUNT_OFFSET, RAW_TAIL_OFFSET } from '../../layout/log-layout.js';
import type { SubscriberPosition } from './subscriber-position.js';

const COUNT_WORD = ACTIVE_TERM_COUNT_OFFSET / 4;
/** Attempts at a tail whose term changes while it is loaded. */
const ATTEMPTS = 8;

/** The parts of a limit. */
export interface PublicationLimitParts {
  readonly log: LogBuffers;
  /** Most bytes between publishers and the slowest subscriber. */
  readonly window: number;
  readonly position: CounterSlot;
  readonly limit: CounterSlot;
}

/** Positions, limit and cleaning of one publication. */
export class PublicationLimit {
  readonly #log: LogBuffers;
  readonly #page: Int32Array;
  readonly #window: number;
  readonly #positionSlot: CounterSlot;
  readonly #limitSlot: CounterSlot;
  #producer: number;
  #limit: number;
  #consumer: number;
  #clean: number;
  #tripLimit = 0;
  /** Producer position at the last call of {@link msToLimit}. */
  #pacedFrom: number;
  /** Active term count and low half of its tail at the last cycle, and the word of that tail. */
  #count = -1;
  #tailLow = 0;
  #tailWord = 0;
  #changed = true;

  constructor({ log, window, position, limit }: PublicationLimitParts) {
    this.#log = log;
    this.#page = log.page.i32;
    this.#window = window;
    this.#positionSlot = position;
    this.#limitSlot = limit;
    const start = this.producerPosition;
    this.#producer = start;
    this.#limit = start;
    this.#consumer = start;
    this.#clean = start;
    this.#pacedFrom = start;
  }

  /** Position after all claims of publishers, in bytes. */
  get producerPosition(): number {
    const page = this.#page;
    const { termLength, initialTermId } = this.#log.metadata;
    let termId = 0;
    let offset = 0;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const word = tailWordOf(Atomics.load(page, COUNT_WORD));
      termId = Atomics.load(page, word + 1);
      offset = Atomics.load(page, word) >>> 0;
      if (termId === Atomics.load(page, word + 1)) break;
    }
    return positionOf(termId, Math.min(offset, termLength), termLength, initialTermId);
  }

  /** The producer position of the last duty cycle. */
  get producer(): number {
    return this.#producer;
  }

  /** The largest position of the subscribers. */
  get consumer(): number {
    return this.#consumer;
  }

  /** Makes the next {@link update} compute the limit again: a subscriber joined, left or changed its state. */
  invalidate(): void {
    this.#changed = true;
  }

  /**
   * One duty cycle. Compares 32-bit words first: a publication without traffic costs a few plain loads.
   * @returns whether the limit moved. A moved position does not count: a driver that spins on the tail takes its cache
   * line from the publisher at each message
   */
  update(subscribers: readonly SubscriberPosition[]): boolean {
    const page = this.#page;
    let changed = this.#changed;
    if (page[COUNT_WORD] !== this.#count || page[this.#tailWord] !== this.#tailLow) changed = true;
    for (let i = 0; i < subscribers.length; i++) {
      if ((subscribers[i] as SubscriberPosition).hasMoved()) changed = true;
    }
    if (!changed) return false;
    this.#changed = false;
    this.#count = page[COUNT_WORD] as number;
    this.#tailWord = tailWordOf(this.#count);
    this.#tailLow = page[this.#tailWord] as number;
    return this.#recompute(subscribers);
  }

  /**
   * Milliseconds until publishers reach the limit at their current rate; infinity without traffic.
   * @param elapsedMs milliseconds since the last call
   */
  msToLimit(elapsedMs: number): number {
    const used = this.#producer - this.#pacedFrom;
    this.#pacedFrom = this.#producer;
    if (used <= 0) return Number.POSITIVE_INFINITY;
    return (Math.max(0, this.#limit - this.#producer) * elapsedMs) / used;
  }

  /** Stores the producer position for tools. */
  storeProducer(): void {
    const producer = this.producerPosition;
    if (producer === this.#producer) return;
    storePosition(this.#positionSlot, producer, this.#producer);
    this.#producer = producer;
  }

  /** Lowers the limit to the producer position, which stops publishing. @returns that position */
  stop(): number {
    const producer = this.producerPosition;
    if (this.#limit > producer) this.#storeLimit(producer);
    return producer;
  }

  /** Adopts the largest position of the active subscribers. @returns that position */
  followConsumers(subscribers: readonly SubscriberPosition[]): number {
    this.storeProducer();
    for (const subscriber of subscribers) {
      if (!subscriber.isWorking) continue;
      this.#consumer = Math.max(this.#consumer, Math.min(subscriber.position, this.#producer));
    }
    return this.#consumer;
  }

  #recompute(subscribers: readonly SubscriberPosition[]): boolean {
    this.storeProducer();
    let slowest = Number.POSITIVE_INFINITY;
    let fastest = this.#consumer;
    for (const subscriber of subscribers) {
      if (!subscriber.isWorking) continue;
      // A client stores its own position. It is limited to the range from the cleaned to the published position.
      const position = Math.min(Math.max(subscriber.position, this.#clean), this.#producer);
      slowest = Math.min(slowest, position);
      fastest = Math.max(fastest, position);
    }
    if (slowest === Number.POSITIVE_INFINITY) {
      if (this.#limit <= this.#consumer) return false;
      this.#storeLimit(this.#consumer);
      this.#tripLimit = this.#consumer;
      this.#cleanUpTo(this.#consumer);
      return true;
    }
    this.#consumer = fastest;
    const limit = slowest + this.#window;
    if (limit <= this.#tripLimit) return false;
    this.#cleanUpTo(slowest);
    this.#storeLimit(limit);
    this.#tripLimit = limit + Math.floor(this.#window / 8);
    return true;
  }

  #storeLimit(limit: number): void {
    storePosition(this.#limitSlot, limit, this.#limit);
    this.#limit = limit;
  }

  /** Zeroes the range that all subscribers have read. Zeroes the first word last: a reader stops at a length of 0. */
  #cleanUpTo(position: number): void {
    const { termLength } = this.#log.metadata;
    // More than a lap means that a client stored an invalid tail and position: each byte is zeroed once.
    this.#clean = Math.max(this.#clean, position - PARTITION_COUNT * termLength);
    while (this.#clean < position) {
      const offset = this.#clean % termLength;
      const length = Math.min(position - this.#clean, termLength - offset);
      const at = this.#log.partitionOf(this.#clean) * termLength + offset;
      this.#log.bytes.fill(0, at + 8, at + length);
      this.#log.i32[at / 4 + 1] = 0;
      Atomics.store(this.#log.i32, at / 4, 0);
      this.#clean += length;
    }
  }
}

/** Index of the low half of the tail that is active after `count` rotations. */
function tailWordOf(count: number): number {
  return RAW_TAIL_OFFSET / 4 + 2 * ((count >>> 0) % PARTITION_COUNT);
}
