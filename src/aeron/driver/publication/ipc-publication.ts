/**
 * A publication, as the driver keeps it: moves the limit of its publishers behind its subscribers, zeroes what was
 * consumed, and sees it to its end. Source: Aeron 1.53 `IpcPublication`.
 *
 * INV-AERON-LIMIT-01: the limit never lies more than a window ahead of the slowest working subscriber, and the
 * range that it frees has been zeroed before.
 */
import fs from 'node:fs';
import type { LogBuffers } from '../../client/log-buffers.js';
import { type CounterSlot, storePosition } from '../../client/monitoring/counter-value.js';
import { PARTITION_COUNT, positionOf } from '../../layout/frame-layout.js';
import {
  decodeRawTail,
  END_OF_STREAM_OFFSET,
  IS_CONNECTED_OFFSET,
  REVOKED_OFFSET,
} from '../../layout/log-layout.js';
import { unblockLog } from './log-unblocker.js';
import type { PublicationParams } from './publication-params.js';
import type { SubscriberPosition } from './subscriber-position.js';

export const PublicationState = { Active: 0, Draining: 1, Linger: 2, Gone: 3 } as const;
export type PublicationState = (typeof PublicationState)[keyof typeof PublicationState];

export interface IpcPublicationParts {
  readonly registrationId: bigint;
  readonly sessionId: number;
  readonly streamId: number;
  readonly exclusive: boolean;
  readonly params: PublicationParams;
  readonly log: LogBuffers;
  readonly positionCounterId: number;
  readonly limitCounterId: number;
  readonly position: CounterSlot;
  readonly limit: CounterSlot;
}

export class IpcPublication {
  readonly registrationId: bigint;
  readonly sessionId: number;
  readonly streamId: number;
  readonly exclusive: boolean;
  readonly params: PublicationParams;
  readonly log: LogBuffers;
  readonly positionCounterId: number;
  readonly limitCounterId: number;
  state: PublicationState = PublicationState.Active;
  /** Publications of clients that share this one. */
  references = 0;
  /** Until when no subscription may join, after an image was rejected; monotonic milliseconds, as all times here. */
  coolDownUntil = 0;
  lingerUntil = 0;
  subscribers: SubscriberPosition[] = [];
  readonly #position: CounterSlot;
  readonly #limit: CounterSlot;
  #positionValue: number;
  #limitValue: number;
  #consumer: number;
  #clean: number;
  #tripLimit = 0;
  #stuckAt = -1;
  #stuckSince = 0;

  constructor(parts: IpcPublicationParts) {
    this.registrationId = parts.registrationId;
    this.sessionId = parts.sessionId;
    this.streamId = parts.streamId;
    this.exclusive = parts.exclusive;
    this.params = parts.params;
    this.log = parts.log;
    this.positionCounterId = parts.positionCounterId;
    this.limitCounterId = parts.limitCounterId;
    this.#position = parts.position;
    this.#limit = parts.limit;
    const start = this.producerPosition;
    this.#positionValue = start;
    this.#limitValue = start;
    this.#consumer = start;
    this.#clean = start;
  }

  /** Position behind what publishers have claimed. */
  get producerPosition(): number {
    const { termLength, initialTermId } = this.log.metadata;
    const { termId, termOffset } = decodeRawTail(
      this.log.rawTail(this.log.activeTermCount % PARTITION_COUNT),
    );
    return positionOf(termId, Math.min(termOffset, termLength), termLength, initialTermId);
  }

  /** Where a subscriber that comes now begins: at what nobody has read, or with the slowest. */
  get joinPosition(): number {
    return Math.min(this.#consumer, this.#slowest());
  }

  get isDrained(): boolean {
    return this.#slowest() >= this.producerPosition;
  }

  /** Whether a subscription may join now. */
  accepts(nowMillis: number): boolean {
    if (nowMillis < this.coolDownUntil) return false;
    return (
      this.state === PublicationState.Active || (this.state === PublicationState.Draining && !this.isDrained)
    );
  }

  addSubscriber(subscriber: SubscriberPosition): void {
    this.subscribers.push(subscriber);
    this.updateConnected();
  }

  removeSubscriber(subscriber: SubscriberPosition): void {
    this.subscribers = this.subscribers.filter((candidate) => candidate !== subscriber);
    this.updateConnected();
  }

  updateConnected(): void {
    const ended = this.state === PublicationState.Linger || this.state === PublicationState.Gone;
    const connected = !ended && this.subscribers.some((subscriber) => subscriber.isWorking);
    this.log.page.store32(IS_CONNECTED_OFFSET, connected ? 1 : 0);
  }

  /**
   * One duty cycle: positions, limit, cleaning.
   * @returns whether the limit moved. A position that moved is no reason to look again at once: a driver that spins
   * on the tail takes its cache line from the publisher at every message, and a core from everybody
   */
  updateLimit(): boolean {
    if (this.state !== PublicationState.Active) return false;
    this.#storeProducer();
    let slowest = Number.POSITIVE_INFINITY;
    let fastest = this.#consumer;
    for (const subscriber of this.subscribers) {
      if (!subscriber.isWorking) continue;
      // A client writes its own position: it is believed up to what was published, and not behind what is cleaned.
      const position = Math.min(Math.max(subscriber.position, this.#clean), this.#positionValue);
      slowest = Math.min(slowest, position);
      fastest = Math.max(fastest, position);
    }
    if (slowest === Number.POSITIVE_INFINITY) {
      if (this.#limitValue <= this.#consumer) return false;
      this.#storeLimit(this.#consumer);
      this.#tripLimit = this.#consumer;
      this.#cleanUpTo(this.#consumer);
      return true;
    }
    const { window } = this.params;
    this.#consumer = fastest;
    if (slowest + window <= this.#tripLimit) return false;
    this.#cleanUpTo(slowest);
    this.#storeLimit(slowest + window);
    this.#tripLimit = slowest + window + Math.floor(window / 8);
    return true;
  }

  /** The last owner is gone: nothing more is published, what is there may be read. */
  drain(): void {
    const producer = this.producerPosition;
    if (this.#limitValue > producer) this.#storeLimit(producer);
    this.log.page.store64(END_OF_STREAM_OFFSET, BigInt(producer));
    // A revoked one ends at the next tick, read or not.
    if (this.state === PublicationState.Active && !this.isRevoked) this.state = PublicationState.Draining;
  }

  get isRevoked(): boolean {
    return this.log.isRevoked;
  }

  markRevoked(): void {
    this.log.page.bytes[REVOKED_OFFSET] = 1;
  }

  /** The stream ends here and now. */
  endAtOnce(): void {
    const producer = this.producerPosition;
    this.#storeLimit(producer);
    this.log.page.store64(END_OF_STREAM_OFFSET, BigInt(producer));
    this.log.page.store32(IS_CONNECTED_OFFSET, 0);
  }

  /** Looks for a publisher that died in the middle of a message. @returns whether one was unblocked */
  unblockIfStuck(nowMillis: number, timeoutMillis: number): boolean {
    const { termLength } = this.log.metadata;
    const draining = this.state === PublicationState.Draining;
    this.#storeProducer();
    for (const subscriber of this.subscribers) {
      if (!subscriber.isWorking) continue;
      this.#consumer = Math.max(this.#consumer, Math.min(subscriber.position, this.#positionValue));
    }
    const consumer = this.#consumer;
    const behind =
      this.log.activeTermCount !== Math.floor(consumer / termLength) || this.producerPosition > consumer;
    if (consumer !== this.#stuckAt || !behind) {
      this.#stuckAt = consumer;
      this.#stuckSince = nowMillis;
      if (!draining) return false;
    }
    if (!draining && nowMillis - this.#stuckSince <= timeoutMillis) return false;
    return behind && unblockLog(this.log, consumer);
  }

  /** The position below which an untethered subscriber counts as too slow. */
  get untetheredLimit(): number {
    const { window } = this.params;
    return this.#consumer - window + Math.floor(window / 4);
  }

  storeProducerPosition(): void {
    this.#storeProducer();
  }

  /** Unmaps and deletes the log. */
  delete(): void {
    this.state = PublicationState.Gone;
    this.log.close();
    fs.rmSync(this.log.path, { force: true });
  }

  #storeProducer(): void {
    const producer = this.producerPosition;
    if (producer === this.#positionValue) return;
    storePosition(this.#position, producer, this.#positionValue);
    this.#positionValue = producer;
  }

  #storeLimit(limit: number): void {
    storePosition(this.#limit, limit, this.#limitValue);
    this.#limitValue = limit;
  }

  /** The smallest position of the working subscribers; infinite without any. */
  #slowest(): number {
    let slowest = Number.POSITIVE_INFINITY;
    for (const subscriber of this.subscribers) {
      if (subscriber.isWorking) slowest = Math.min(slowest, subscriber.position);
    }
    return slowest;
  }

  /** Zeroes what everybody has read, the first word of each range last: a reader stops at a length of 0. */
  #cleanUpTo(position: number): void {
    const { termLength } = this.log.metadata;
    while (this.#clean < position) {
      const offset = this.#clean % termLength;
      const length = Math.min(position - this.#clean, termLength - offset);
      const at = this.log.partitionOf(this.#clean) * termLength + offset;
      this.log.bytes.fill(0, at + 8, at + length);
      this.log.i32[at / 4 + 1] = 0;
      Atomics.store(this.log.i32, at / 4, 0);
      this.#clean += length;
    }
  }
}
