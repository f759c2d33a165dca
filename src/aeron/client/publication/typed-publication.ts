/** Publishes values with the codecs and handlers of channels. */
import { type Codec, type RecordDecorator, RecordEncoder } from '../../../channel/index.js';
import type { ReservedValueSupplier } from './frame-writer.js';
import { messageTooLong, type PublicationBase } from './publication.js';

/**
 * Encodes each value into a private buffer and offers that: a claim in the log would block all publishers of the stream
 * while a codec runs, and leave padding where it fails.
 *
 * INV-AERON-TYPED-01: a value that is refused, or whose codec fails, publishes nothing.
 */
export class TypedPublication<T> implements Disposable {
  readonly publication: PublicationBase;
  readonly #encoder: RecordEncoder<T>;
  #bytes = Buffer.alloc(0);

  /** Closing this closes `publication`. */
  constructor(publication: PublicationBase, codec: Codec<T>, handler?: RecordDecorator) {
    this.publication = publication;
    this.#encoder = new RecordEncoder(codec, handler);
  }

  get codec(): Codec<T> {
    return this.#encoder.codec;
  }

  get handler(): RecordDecorator {
    return this.#encoder.handler;
  }

  /**
   * Publishes a value as one message, in fragments where needed. Every call encodes it, also one that returns an
   * `OfferResult`.
   * @returns the new position of the stream, or an `OfferResult`, as `Publication.offer`
   * @throws RingwireError `ENCODING_ERROR` when the codec or a handler fails (its error is the `cause`),
   * `MAX_RECORD_LENGTH_EXCEEDED`
   */
  offer(value: T, reservedValue?: ReservedValueSupplier): number {
    const result = this.publication.offer(this.#encode(value), reservedValue);
    if (result > 0) this.#encoder.published();
    return result;
  }

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
