/** A publication in the driver, from its first owner to the end of its log. Source: Aeron 1.53 `IpcPublication`. */
import fs from 'node:fs';
import type { LogBuffers } from '../../client/log-buffers.js';
import type { CounterSlot } from '../../client/monitoring/counter-value.js';
import { END_OF_STREAM_OFFSET, IS_CONNECTED_OFFSET } from '../../layout/log-layout.js';
import { unblockLog } from './log-unblocker.js';
import { PublicationLimit } from './publication-limit.js';
import type { PublicationParams } from './publication-params.js';
import type { SubscriberPosition } from './subscriber-position.js';

/** Active: has owners. Draining: closed, not read to the end. Linger: has no image. Gone: its log is deleted. */
export const PublicationState = { Active: 0, Draining: 1, Linger: 2, Gone: 3 } as const;
export type PublicationState = (typeof PublicationState)[keyof typeof PublicationState];

/** The parts of a new publication. */
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

/** A publication, its subscribers and its state. */
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
  /** No subscription joins before this time after a rejected image. All times here are monotonic milliseconds. */
  coolDownUntil = 0;
  /** When the log may be deleted. */
  lingerUntil = 0;
  subscribers: SubscriberPosition[] = [];
  readonly #limit: PublicationLimit;
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
    this.#limit = new PublicationLimit({
      log: parts.log,
      window: parts.params.window,
      position: parts.position,
      limit: parts.limit,
    });
  }

  /** Position after all claims of publishers, in bytes. */
  get producerPosition(): number {
    return this.#limit.producerPosition;
  }

  /** First position of a new subscriber: the position of the slowest subscriber. */
  get joinPosition(): number {
    return Math.min(this.#limit.consumer, this.#slowest());
  }

  /** Whether every active subscriber has read all messages. */
  get isDrained(): boolean {
    return this.#slowest() >= this.producerPosition;
  }

  /** Whether a subscription may join now. */
  accepts(nowMs: number): boolean {
    if (nowMs < this.coolDownUntil) return false;
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

  /** Stores whether publishers have a subscriber. The next cycle computes the limit again. */
  updateConnected(): void {
    const ended = this.state === PublicationState.Linger || this.state === PublicationState.Gone;
    const connected = !ended && this.subscribers.some((subscriber) => subscriber.isWorking);
    this.log.page.store32(IS_CONNECTED_OFFSET, connected ? 1 : 0);
    this.#limit.invalidate();
  }

  /** One duty cycle: positions, limit, cleaning. @returns whether the limit moved */
  updateLimit(): boolean {
    return this.state === PublicationState.Active && this.#limit.update(this.subscribers);
  }

  /** See {@link PublicationLimit.msToLimit}. */
  msToLimit(elapsedMs: number): number {
    return this.#limit.msToLimit(elapsedMs);
  }

  /** Ends the publication after its last owner has left. Subscribers can read the rest. */
  drain(): void {
    const producer = this.#limit.stop();
    this.log.page.store64(END_OF_STREAM_OFFSET, BigInt(producer));
    // A revoked publication ends at the next tick, also with unread messages.
    if (this.state === PublicationState.Active && !this.isRevoked) this.state = PublicationState.Draining;
  }

  get isRevoked(): boolean {
    return this.log.isRevoked;
  }

  markRevoked(): void {
    this.log.isRevoked = true;
  }

  /** Ends the stream at its current position. */
  endAtOnce(): void {
    const producer = this.#limit.stop();
    this.log.page.store64(END_OF_STREAM_OFFSET, BigInt(producer));
    this.log.page.store32(IS_CONNECTED_OFFSET, 0);
  }

  /** Turns the open claim of a dead publisher into padding. @returns whether it found one */
  unblockIfStuck(nowMs: number, timeoutMs: number): boolean {
    const { termLength } = this.log.metadata;
    const draining = this.state === PublicationState.Draining;
    const consumer = this.#limit.followConsumers(this.subscribers);
    const isBehind =
      this.log.activeTermCount !== Math.floor(consumer / termLength) || this.#limit.producer > consumer;
    if (consumer !== this.#stuckAt || !isBehind) {
      this.#stuckAt = consumer;
      this.#stuckSince = nowMs;
      if (!draining) return false;
    }
    if (!draining && nowMs - this.#stuckSince <= timeoutMs) return false;
    return isBehind && unblockLog(this.log, consumer);
  }

  /** Position below which an untethered subscriber counts as slow. */
  get untetheredLimit(): number {
    const { window } = this.params;
    return this.#limit.consumer - window + Math.floor(window / 4);
  }

  storeProducerPosition(): void {
    this.#limit.storeProducer();
  }

  /** Unmaps and deletes the log. */
  delete(): void {
    this.state = PublicationState.Gone;
    this.log.close();
    fs.rmSync(this.log.path, { force: true });
  }

  /** The smallest position of the active subscribers; infinity without one. */
  #slowest(): number {
    let slowest = Number.POSITIVE_INFINITY;
    for (const subscriber of this.subscribers) {
      if (subscriber.isWorking) slowest = Math.min(slowest, subscriber.position);
    }
    return slowest;
  }
}
