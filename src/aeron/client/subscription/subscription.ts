/** A subscription: the images of all publishers of a channel and stream. Source: Aeron 1.53 `Subscription`. */
import {
  type BatchesOptions,
  iterateBatches,
  iterateRecords,
  type RecordsOptions,
} from '../../../channel/index.js';
import { requireLimit } from '../arguments.js';
import type { BlockHandler, ControlledFragmentHandler, FragmentHandler } from './fragment-handlers.js';
import type { Image } from './image.js';
import { type Message, MessageSource } from './message-source.js';

/** Callbacks for the images of a subscription. They run inside `doWork()` of the client. */
export interface SubscriptionEvents {
  /** Called when the stream of a publisher becomes available. */
  readonly onAvailableImage?: (image: Image) => void;
  /** Called when a publisher has left; its image is closed. */
  readonly onUnavailableImage?: (image: Image) => void;
}

/** The parts of a subscription. */
export interface SubscriptionParts {
  readonly channel: string;
  readonly streamId: number;
  readonly registrationId: bigint;
  readonly channelStatusId: number;
  readonly events: SubscriptionEvents;
  readonly release: () => void;
}

/**
 * Receives the messages of all publishers of a channel and stream.
 *
 * @example
 * const assembler = new FragmentAssembler((buffer, offset, length) => use(buffer.subarray(offset, offset + length)));
 * while (running) if (subscription.poll(assembler.handler, 10) === 0) await idle();
 */
export class Subscription implements Disposable {
  /** Channel URI as requested. */
  readonly channel: string;
  /** Stream id, 32 bits signed. */
  readonly streamId: number;
  /** Registration id of this subscription. */
  readonly registrationId: bigint;
  /** Id of the counter that holds the status of the endpoint; -1 for IPC. */
  readonly channelStatusId: number;
  /** @internal Handlers of images. */
  readonly events: SubscriptionEvents;
  readonly #release: () => void;
  #images: readonly Image[] = [];
  #turn = 0;
  #closed = false;
  #failure: Error | null = null;
  #source: MessageSource | null = null;

  /** @internal `Aeron` creates subscriptions. */
  constructor(parts: SubscriptionParts) {
    this.channel = parts.channel;
    this.streamId = parts.streamId;
    this.registrationId = parts.registrationId;
    this.channelStatusId = parts.channelStatusId;
    this.events = parts.events;
    this.#release = parts.release;
  }

  /** The open images, one for each publisher. */
  get images(): readonly Image[] {
    return this.#images;
  }

  /** Whether this subscription or its client was closed. */
  get isClosed(): boolean {
    return this.#closed;
  }

  /** Whether at least one image is open. */
  get isConnected(): boolean {
    return this.#images.some((image) => !image.isClosed);
  }

  /** @internal The error that ended the client. */
  get failure(): Error | null {
    return this.#failure;
  }

  /** @internal The source of all iterations. */
  get source(): MessageSource {
    this.#source ??= new MessageSource(this);
    return this.#source;
  }

  /** The image of a session, or null. */
  imageBySessionId(sessionId: number): Image | null {
    return this.#images.find((image) => image.sessionId === sessionId) ?? null;
  }

  /**
   * Delivers fragments from all images in turn. Does not block.
   * @param fragmentLimit the most fragments to deliver: a whole number from 0, or infinity
   * @returns fragments delivered
   * @throws RingwireError `INVALID_ARGUMENT`, and what {@link Image.poll} throws
   */
  poll(handler: FragmentHandler, fragmentLimit: number): number {
    if (fragmentLimit >>> 0 !== fragmentLimit) requireLimit('fragmentLimit', fragmentLimit);
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

  /** Like {@link poll}, with a handler that accepts or aborts each fragment. @throws like {@link poll} */
  controlledPoll(handler: ControlledFragmentHandler, fragmentLimit: number): number {
    requireLimit('fragmentLimit', fragmentLimit);
    const images = this.#images;
    const { length } = images;
    const first = this.#first(length);
    let done = 0;
    for (let i = 0; i < length && done < fragmentLimit; i++) {
      done += (images[(first + i) % length] as Image).controlledPoll(handler, fragmentLimit - done);
    }
    return done;
  }

  /**
   * Passes blocks of whole frames to the handler.
   * @param maxBytes the most bytes from each image: a whole number from 0, or infinity
   * @returns bytes consumed
   * @throws like {@link poll}
   */
  blockPoll(handler: BlockHandler, maxBytes: number): number {
    requireLimit('maxBytes', maxBytes);
    let bytes = 0;
    for (const image of this.#images) bytes += image.blockPoll(handler, maxBytes);
    return bytes;
  }

  /**
   * Whole messages from all publishers, each a copy. Waits for more until the signal aborts or the subscription or its
   * client is closed. A loop that ends early leaves the following messages for the next loop. Concurrent loops share the
   * messages: each message is delivered to one loop. By default an empty stream is polled every millisecond.
   * @throws the error that ended the client; what {@link poll} throws
   */
  messages(options?: RecordsOptions): AsyncGenerator<Message, void, undefined> {
    return iterateRecords(this.source, options);
  }

  /** Like {@link messages}, in batches of the available messages. Faster. @throws like {@link messages} */
  messageBatches(options?: BatchesOptions): AsyncGenerator<Message[], void, undefined> {
    return iterateBatches(this.source, options);
  }

  /** Closes the subscription and its images; a second call does nothing. */
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

  /** @internal Closes and removes an image. @returns it, or null for an unknown id */
  removeImage(correlationId: bigint): Image | null {
    const image = this.#images.find((candidate) => candidate.correlationId === correlationId);
    if (image === undefined) return null;
    this.#images = this.#images.filter((candidate) => candidate !== image);
    image.close();
    this.#source?.forget(image.sessionId);
    this.events.onUnavailableImage?.(image);
    return image;
  }

  /** Index of the image to poll first: round robin. */
  #first(length: number): number {
    if (this.#turn >= length) this.#turn = 0;
    return this.#turn++;
  }
}
