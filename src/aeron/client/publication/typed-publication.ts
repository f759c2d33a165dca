/** Publishes values with the codecs and handlers of channels. */
import { type Codec, type RecordDecorator, RecordEncoder } from '../../../channel/index.js';
import type { ReservedValueSupplier } from './frame-writer.js';
import { messageTooLong } from './message-parts.js';
import type { PublicationBase } from './publication.js';

/**
 * Publishes values. Encodes each value into a private buffer and offers the buffer. A claim in the log would block all
 * publishers of the stream while a codec runs, and leave padding when the codec fails.
 *
 * INV-AERON-TYPED-01: a value that is refused, or whose codec fails, publishes nothing.
 *
 * @example
 * using prices = new TypedPublication(await aeron.addPublication('aeron:ipc', 10), json());
 * prices.offer({ symbol: 'ABC', price: 12.5 });
 */
export class TypedPublication<T> implements Disposable {
  /** The publication that this object writes to. */
  readonly publication: PublicationBase;
  readonly #encoder: RecordEncoder<T>;
  #bytes = Buffer.alloc(0);

  /**
   * @param publication this object owns it: {@link close} closes it
   * @param codec encodes the values
   * @param handler adds parts to each message; default: none
   */
  constructor(publication: PublicationBase, codec: Codec<T>, handler?: RecordDecorator) {
    this.publication = publication;
    this.#encoder = new RecordEncoder(codec, handler);
  }

  /** The codec that encodes the values. */
  get codec(): Codec<T> {
    return this.#encoder.codec;
  }

  /** The handler that adds parts to each message. */
  get handler(): RecordDecorator {
    return this.#encoder.handler;
  }

  /**
   * Publishes a value as one message, split into fragments when it is long. Each call encodes the value, also a call
   * that returns an `OfferResult`.
   * @returns the new position of the stream, or an `OfferResult`, like `Publication.offer`
   * @throws RingwireError `ENCODING_ERROR` when the codec or a handler fails (its error is the `cause`),
   * `MAX_RECORD_LENGTH_EXCEEDED`
   */
  offer(value: T, reservedValue?: ReservedValueSupplier): number {
    const result = this.publication.offer(this.#encode(value), reservedValue);
    if (result > 0) this.#encoder.published();
    return result;
  }

  /** Closes {@link publication}. A second call does nothing. */
  close(): void {
    this.publication.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** The message, valid until the next call. */
  #encode(value: T): Buffer {
    const encoder = this.#encoder;
    const { maxMessageLength } = this.publication;
    let needed = encoder.attempt(value);
    for (;;) {
      const room = Math.min(needed, maxMessageLength);
      if (room > this.#bytes.length) this.#bytes = Buffer.allocUnsafeSlow(room);
      const bytes = this.#bytes;
      needed = encoder.encode(value, bytes, 0, bytes.length);
      if (needed <= bytes.length) return bytes.subarray(0, needed);
      // The codec's bound was too low: encode again.
      if (needed > maxMessageLength) throw messageTooLong(needed, maxMessageLength);
    }
  }
}
