/** Writes values instead of bytes to a writer of any kind. */

import { WORD } from '../core/record-header.js';
import { refusal } from '../core/write-errors.js';
import { WriteResult, type Writer } from '../core/writer.js';
import type { Codec } from './codecs/index.js';
import type { RecordDecorator } from './handlers/index.js';
import { noBytes, RecordEncoder } from './record-encoder.js';

/**
 * Encodes each value in place in the channel, with the bytes of the handlers around it.
 *
 * INV-TYPED-01: a value that is refused, or whose codec fails, publishes nothing and leaves no byte in the
 * channel.
 *
 * @example
 * ```ts
 * const writer = new TypedWriter(ShmWriter.create(root, options), json<Order>());
 * writer.write({ id: 1, price: 9.5 });
 * writer.close();
 * ```
 */
export class TypedWriter<T> implements Disposable {
  /** The writer of the bytes. */
  readonly writer: Writer;
  readonly #encoder: RecordEncoder<T>;
  readonly #isWhole: boolean;
  /** Length of the last value in bytes, handlers included. */
  #needed = 0;

  /** Writes values to `writer`. Closing this writer closes it. */
  constructor(writer: Writer, codec: Codec<T>, handler?: RecordDecorator) {
    this.writer = writer;
    this.#encoder = new RecordEncoder(codec, handler);
    this.#isWhole = this.#encoder.isWhole;
  }

  /** The codec of the values. */
  get codec(): Codec<T> {
    return this.#encoder.codec;
  }

  /** The handler of the records. */
  get handler(): RecordDecorator {
    return this.#encoder.handler;
  }

  /**
   * Publishes a value as one record.
   * @returns bytes used in the channel, header and padding included
   * @throws RingwireError `ENCODING_ERROR` when the codec or a handler fails (its error is the `cause`), or when the
   * value has no bytes, which would be a heartbeat; the errors of `Writer.write`
   */
  write(value: T): number {
    const taken = this.tryWrite(value);
    if (taken > 0) return taken;
    throw refusal(this.writer, taken, this.#needed);
  }

  /**
   * Like {@link write}, but returns a negative `WriteResult` instead of throwing when the channel takes no record.
   * @throws RingwireError `ENCODING_ERROR`
   */
  tryWrite(value: T): number {
    const { writer } = this;
    const encoder = this.#encoder;
    const { overhead } = encoder;
    // kekbit returns these results before it calls its handlers: such a record counts as not attempted.
    if (writer.available <= WORD) {
      this.#needed = overhead;
      return writer.tryClaim(Math.max(1, overhead));
    }
    if (this.#isWhole) return this.#writeWhole(encoder.whole(value));
    const bound = encoder.attempt(value);
    const { maxMessageLength } = writer.header;
    let room = Math.min(bound, maxMessageLength);
    let start = writer.tryClaim(room);
    if (start === WriteResult.ChannelFull) {
      // The bound may exceed the length of the value.
      room = Math.min(room, writer.available - WORD);
      start = room < overhead ? start : writer.tryClaim(room);
    }
    this.#needed = Number.isFinite(bound) ? bound : overhead;
    if (start < 0) return start;
    const needed = this.#encode(value, start, room);
    if (needed <= room) return this.#commit(needed);
    writer.abort();
    this.#needed = needed;
    return needed > maxMessageLength ? WriteResult.RecordTooLong : WriteResult.ChannelFull;
  }

  /** Publishes a heartbeat; see `Writer.heartbeat`. */
  heartbeat(): number {
    return this.writer.heartbeat();
  }

  /** Returns when every published record is on disk; see `Writer.flush`. */
  flush(): void {
    this.writer.flush();
  }

  /** Like {@link flush}, without blocking the event loop. */
  flushAsync(): Promise<void> {
    return this.writer.flushAsync();
  }

  /** Closes the writer of the bytes. A second call does nothing. */
  close(): void {
    this.writer.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #writeWhole(record: string | Uint8Array): number {
    const { writer } = this;
    const taken = typeof record === 'string' ? writer.tryWriteUtf8(record) : writer.tryWrite(record);
    if (taken < 0) this.#needed = Buffer.byteLength(record);
    return taken;
  }

  #encode(value: T, start: number, room: number): number {
    const { writer } = this;
    try {
      const needed = this.#encoder.encode(value, writer.buffer, start, room);
      if (needed > 0) return needed;
      throw noBytes();
    } catch (error) {
      writer.abort();
      throw error;
    }
  }

  #commit(length: number): number {
    const taken = this.writer.commit(length);
    this.#encoder.published();
    return taken;
  }
}
