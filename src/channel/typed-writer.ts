/** Writing values instead of bytes, over any writer. */
import { RingwireError, reasonOf } from '../memory/index.js';
import type { Codec } from './codecs/index.js';
import { EncoderHandler, type RecordDecorator } from './handlers/index.js';
import { WORD } from './log-record-layout.js';
import { refusal } from './write-refusal.js';
import { WriteResult, type Writer } from './writer.js';

/**
 * Encodes each value in place into the channel, with the bytes of the handlers around it.
 *
 * INV-TYPED-01: a value that is refused, or whose codec fails, publishes nothing and leaves no byte behind.
 */
export class TypedWriter<T> implements Disposable {
  readonly writer: Writer;
  readonly codec: Codec<T>;
  readonly handler: RecordDecorator;
  /** Bytes the value of the last call needed, with those of the handlers. */
  #needed = 0;

  /** Closing this closes `writer`. */
  constructor(writer: Writer, codec: Codec<T>, handler: RecordDecorator = new EncoderHandler()) {
    this.writer = writer;
    this.codec = codec;
    this.handler = handler;
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
    const { writer, handler } = this;
    const overhead = handler.incomingLength + handler.outgoingLength;
    // What an original writer answers before it asks its handlers: such a record was never attempted.
    if (writer.available <= WORD) {
      this.#needed = overhead;
      return writer.tryClaim(Math.max(1, overhead));
    }
    const bound = this.#attempt(value) + overhead;
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
    const needed = this.#encode(value, start, room, overhead);
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

  #attempt(value: T): number {
    this.handler.attempted?.();
    try {
      return this.codec.sizeBound?.(value) ?? Number.POSITIVE_INFINITY;
    } catch (cause) {
      throw encodingError(cause);
    }
  }

  /** @returns bytes of the record, or how many it would have taken; it is complete when they are not more than `room` */
  #encode(value: T, start: number, room: number, overhead: number): number {
    const { handler, writer } = this;
    const { buffer } = writer;
    const data = start + handler.incomingLength;
    try {
      if (room < overhead) return overhead;
      handler.incoming(buffer, start);
      const length = this.codec.encode(value, buffer, data, room - overhead);
      if (!Number.isSafeInteger(length) || length < 0)
        throw new TypeError(`encode must return a whole number of bytes, not ${length}`);
      if (length + overhead === 0)
        throw new TypeError('the value has no bytes: a record of no bytes is a heartbeat');
      if (length + overhead <= room) handler.outgoing(buffer, data + length, start);
      return length + overhead;
    } catch (cause) {
      writer.abort();
      throw encodingError(cause);
    }
  }

  #commit(length: number): number {
    const taken = this.writer.commit(length);
    this.handler.published?.();
    return taken;
  }
}

function encodingError(cause: unknown): RingwireError {
  const reason = reasonOf(cause);
  return new RingwireError('ENCODING_ERROR', `the value cannot be encoded: ${reason}`, { reason, cause });
}
