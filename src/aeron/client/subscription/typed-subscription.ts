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
  readonly value: T;
  /** Its session, the position after it and its reserved value. */
  readonly header: Header;
}

/**
 * Assembles fragmented messages, checks and removes the parts that the handlers of the publishing side added, and decodes
 * the rest. A message that cannot be decoded is thrown as an error, once; the next call continues after it. A handler
 * that follows its counterpart, as `SequenceHandler` does, needs a stream with one publisher.
 */
export class TypedSubscription<T> implements Disposable {
  readonly subscription: Subscription;
  readonly #source: MessageSource;
  readonly #decoder: RecordDecoder<T>;

  /** `handler`: configured as that of the publishing side. Closing this closes `subscription`. */
  constructor(subscription: Subscription, codec: Codec<T>, handler?: RecordDecorator) {
    this.subscription = subscription;
    this.#source = subscription.source;
    this.#decoder = new RecordDecoder(codec, handler);
  }

  get codec(): Codec<T> {
    return this.#decoder.codec;
  }

  get handler(): RecordDecorator {
    return this.#decoder.handler;
  }

  /**
   * Delivers the values of at most `fragmentLimit` fragments; the header is valid during the call only. Never waits.
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

  close(): void {
    this.subscription.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
