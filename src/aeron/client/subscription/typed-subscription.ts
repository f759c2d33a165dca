/** Reads values from a subscription with the codecs and handlers of channels. */
import {
  type Codec,
  iterateRecords,
  RecordDecoder,
  type RecordDecorator,
  type RecordsOptions,
} from '../../../channel/index.js';
import type { Header } from './header.js';
import type { MessageSource } from './message-source.js';
import type { Subscription } from './subscription.js';

/** A decoded message. */
export interface TypedMessage<T> {
  /** The decoded value. */
  readonly value: T;
  /** The header: session, position after the message, reserved value. */
  readonly header: Header;
}

/**
 * Reads values from a subscription. Assembles fragments, checks and removes the parts that the handlers of the
 * publisher added, and decodes the rest. A message that cannot be decoded throws one error; the next call continues
 * after that message. A handler with state that follows its counterpart, such as `SequenceHandler`, requires a stream
 * with one publisher.
 *
 * @example
 * using prices = new TypedSubscription(await aeron.addSubscription('aeron:ipc', 10), json());
 * for await (const price of prices) console.log(price);
 */
export class TypedSubscription<T> implements Disposable {
  /** The subscription that this object reads. */
  readonly subscription: Subscription;
  readonly #source: MessageSource;
  readonly #decoder: RecordDecoder<T>;

  /**
   * @param subscription this object owns it: {@link close} closes it
   * @param codec decodes the values
   * @param handler configured as the handler of the publisher; default: none
   */
  constructor(subscription: Subscription, codec: Codec<T>, handler?: RecordDecorator) {
    this.subscription = subscription;
    this.#source = subscription.source;
    this.#decoder = new RecordDecoder(codec, handler);
  }

  /** The codec that decodes the values. */
  get codec(): Codec<T> {
    return this.#decoder.codec;
  }

  /** The handler that checks and removes the added parts. */
  get handler(): RecordDecorator {
    return this.#decoder.handler;
  }

  /**
   * Delivers the values of at most `fragmentLimit` fragments; the header is valid during the call only. Does not block.
   * @returns fragments consumed
   * @throws RingwireError `DECODING_ERROR` or the error of a handler, with the position after the message; what
   * `Subscription.poll` throws
   */
  poll(handler: (value: T, header: Header) => void, fragmentLimit: number): number {
    const decoder = this.#decoder;
    return this.#source.poll((buffer, offset, length, header) => {
      handler(decoder.decode(buffer, offset, length, header.position), header);
    }, fragmentLimit);
  }

  /** The next value, or null when none is available. @throws like {@link poll}, and the error that ended the client */
  tryRead(): TypedMessage<T> | null {
    const message = this.#source.tryRead();
    if (message === null) return null;
    const { data, header } = message;
    return { value: this.#decoder.decode(data, 0, data.length, header.position), header };
  }

  /** All values with the headers of their messages, waiting for more; ends like `Subscription.messages`. */
  messages(options?: RecordsOptions): AsyncGenerator<TypedMessage<T>, void, undefined> {
    const source = this.#source;
    return iterateRecords(
      {
        doorbell: source.doorbell,
        get endReason() {
          return source.endReason;
        },
        tryRead: () => this.tryRead(),
      },
      options,
    );
  }

  /** All values, waiting for more until the subscription or its client is closed. */
  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for await (const { value } of this.messages()) yield value;
  }

  /** Closes {@link subscription}. A second call does nothing. */
  close(): void {
    this.subscription.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
