/** A subscription: the images of all publishers of a channel and stream. Source: Aeron 1.53 `Subscription`. */
import {
  type BatchesOptions,
  iterateBatches,
  iterateRecords,
  type RecordsOptions,
} from '../../../channel/index.js';
import type { BlockHandler, ControlledFragmentHandler, FragmentHandler } from './fragment-handlers.js';
import type { Image } from './image.js';
import { type Message, MessageSource } from './message-source.js';

export interface SubscriptionEvents {
  /** A publisher was joined. */
  readonly onAvailableImage?: (image: Image) => void;
  /** A publisher is gone; the image is closed. */
  readonly onUnavailableImage?: (image: Image) => void;
}

export interface SubscriptionParts {
  readonly channel: string;
  readonly streamId: number;
  readonly registrationId: bigint;
  readonly channelStatusId: number;
  readonly events: SubscriptionEvents;
  readonly release: () => void;
}

export class Subscription implements Disposable {
  readonly channel: string;
  readonly streamId: number;
  readonly registrationId: bigint;
  /** -1 for IPC. */
  readonly channelStatusId: number;
  /** @internal */
  readonly events: SubscriptionEvents;
  readonly #release: () => void;
  #images: readonly Image[] = [];
  #turn = 0;
  #closed = false;
  #failure: Error | null = null;
  #source: MessageSource | null = null;

  /** @internal Subscriptions are made by `Aeron`. */
  constructor(parts: SubscriptionParts) {
    this.channel = parts.channel;
    this.streamId = parts.streamId;
    this.registrationId = parts.registrationId;
    this.channelStatusId = parts.channelStatusId;
    this.events = parts.events;
    this.#release = parts.release;
  }

  get images(): readonly Image[] {
    return this.#images;
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  /** Whether some publisher is there. */
  get isConnected(): boolean {
    return this.#images.some((image) => !image.isClosed);
  }

  /** @internal Why the client ended, where it did so with an error. */
  get failure(): Error | null {
    return this.#failure;
  }

  /** @internal One for all that iterate. */
  get source(): MessageSource {
    this.#source ??= new MessageSource(this);
    return this.#source;
  }

  imageBySessionId(sessionId: number): Image | null {
    return this.#images.find((image) => image.sessionId === sessionId) ?? null;
  }

  /** Delivers at most `fragmentLimit` fragments, from every image in turn; returns how many. */
  poll(handler: FragmentHandler, fragmentLimit: number): number {
    const images = this.#images;
    const { length } = images;
    const first = this.#first(length);
    let done = 0;
    for (let i = first; i < length && done < fragmentLimit; i++) {
      done += (images[i] as Image).poll(handler, fragmentLimit - done);
    }
    for (let i = 0; i < first && done < fragmentLimit; i++) {
      done += (images[i] as Image).poll(handler, fragmentLimit - done);
    }
    return done;
  }

  /** The same with handlers that decide what becomes of each fragment. */
  controlledPoll(handler: ControlledFragmentHandler, fragmentLimit: number): number {
    const images = this.#images;
    const { length } = images;
    const first = this.#first(length);
    let done = 0;
    for (let i = 0; i < length && done < fragmentLimit; i++) {
      done += (images[(first + i) % length] as Image).controlledPoll(handler, fragmentLimit - done);
    }
    return done;
  }

  /** Hands out blocks of whole frames, at most `maxBytes` from each image; returns bytes. */
  blockPoll(handler: BlockHandler, maxBytes: number): number {
    let bytes = 0;
    for (const image of this.#images) bytes += image.blockPoll(handler, maxBytes);
    return bytes;
  }

  /**
   * Whole messages, each a copy, from all publishers, waiting for more until the signal aborts or the subscription or
   * its client is closed. Whoever leaves the loop finds the subscription right behind the last message. Loops over one
   * subscription share its messages: each goes to one of them. By default an empty stream is looked at once a
   * millisecond.
   * @throws the error that ended the client; what {@link poll} throws
   */
  messages(options?: RecordsOptions): AsyncGenerator<Message, void, undefined> {
    return iterateRecords(this.source, options);
  }

  /** The same in batches of what is there, which is faster. */
  messageBatches(options?: BatchesOptions): AsyncGenerator<Message[], void, undefined> {
    return iterateBatches(this.source, options);
  }

  close(): void {
    if (this.#closed) return;
    this.#release();
    this.forceClose();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** @internal @param failure what ended the client */
  forceClose(failure: Error | null = null): void {
    this.#closed = true;
    this.#failure = failure;
    for (const image of this.#images) image.close();
    this.#images = [];
  }

  /** @internal */
  addImage(image: Image): void {
    this.#images = [...this.#images, image];
    this.events.onAvailableImage?.(image);
  }

  /** @internal Closes and forgets an image; answers it, or null when there is none of this id. */
  removeImage(correlationId: bigint): Image | null {
    const image = this.#images.find((candidate) => candidate.correlationId === correlationId);
    if (image === undefined) return null;
    this.#images = this.#images.filter((candidate) => candidate !== image);
    image.close();
    this.#source?.forget(image.sessionId);
    this.events.onUnavailableImage?.(image);
    return image;
  }

  /** Every image gets its turn to be the first. */
  #first(length: number): number {
    if (this.#turn >= length) this.#turn = 0;
    return this.#turn++;
  }
}
