/** Writing values instead of bytes, over any writer. */

import { WORD } from '../core/record-header.js';
import { refusal } from '../core/write-errors.js';
import { WriteResult, type Writer } from '../core/writer.js';
import type { Codec } from './codecs/index.js';
import type { RecordDecorator } from './handlers/index.js';
import { encodingError, RecordEncoder } from './record-encoder.js';

/**
 * Encodes each value in place into the channel, with the bytes of the handlers around it.
 *
 * INV-TYPED-01: a value that is refused, or whose codec fails, publishes nothing and leaves no byte behind.
 */
export class TypedWriter<T> implements Disposable {
  readonly writer: Writer;
  readonly #encoder: RecordEncoder<T>;
  /** Bytes the value of the last call needed, with those of the handlers. */
  #needed = 0;

  /** Closing this closes `writer`. */
  constructor(writer: Writer, codec: Codec<T>, handler?: RecordDecorator) {
    this.writer = writer;
    this.#encoder = new RecordEncoder(codec, handler);
  }

  get codec(): Codec<T> {
    return this.#encoder.codec;
  }

  get handler(): RecordDecorator {
    return this.#encoder.handler;
  }

  /**
   * Publishes a value as one record.
   * @returns bytes taken in the channel, header and padding included
   * @throws RingwireError `ENCODING_ERROR` when the codec or a handler fails (its error is the `cause`) or makes no
   * bytes at all, which would be a heartbeat; what `Writer.write` throws
   */
  write(value: T): number {
    const taken = this.tryWrite(value);
    if (taken > 0) return taken;
    throw refusal(this.writer, taken, this.#needed);
  }

  /** The same without an error for flow: a negative `WriteResult` when nothing was taken. @throws `ENCODING_ERROR` */
  tryWrite(value: T): number {
    const { writer } = this;
    const encoder = this.#encoder;
    const { overhead } = encoder;
    // What an original writer answers before it asks its handlers: such a record was never attempted.
    if (writer.available <= WORD) {
      this.#needed = overhead;
      return writer.tryClaim(Math.max(1, overhead));
    }
    const bound = encoder.attempt(value);
    const { maxMessageLength } = writer.header;
    let room = Math.min(bound, maxMessageLength);
    let start = writer.tryClaim(room);
    if (start === WriteResult.ChannelFull) {
      // The bound may be more than the value needs.
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

  heartbeat(): number {
    return this.writer.heartbeat();
  }

  flush(): void {
    this.writer.flush();
  }

  flushAsync(): Promise<void> {
    return this.writer.flushAsync();
  }

  close(): void {
    this.writer.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #encode(value: T, start: number, room: number): number {
    const { writer } = this;
    try {
      const needed = this.#encoder.encode(value, writer.buffer, start, room);
      if (needed > 0) return needed;
      throw encodingError(new TypeError('the value has no bytes: a record of no bytes is a heartbeat'));
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
