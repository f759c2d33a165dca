/** A value as the bytes of a record: what its codec makes of it, with the bytes of the handlers around. */
import { RingwireError, reasonOf } from '../../platform/index.js';
import type { Codec } from './codecs/index.js';
import { EncoderHandler, type RecordDecorator } from './handlers/index.js';

/** Encodes the records of one writer. */
export class RecordEncoder<T> {
  readonly codec: Codec<T>;
  readonly handler: RecordDecorator;

  constructor(codec: Codec<T>, handler: RecordDecorator = new EncoderHandler()) {
    this.codec = codec;
    this.handler = handler;
  }

  /** Bytes of the handlers, in every record. */
  get overhead(): number {
    return this.handler.incomingLength + this.handler.outgoingLength;
  }

  /**
   * A value is about to be written.
   * @returns bytes its record needs at most; infinite when the codec cannot say
   * @throws RingwireError `ENCODING_ERROR`
   */
  attempt(value: T): number {
    this.handler.attempted?.();
    try {
      return (this.codec.sizeBound?.(value) ?? Number.POSITIVE_INFINITY) + this.overhead;
    } catch (cause) {
      throw encodingError(cause);
    }
  }

  /**
   * Writes the record into `room` bytes of `buffer`, from `start` on.
   * @returns bytes of the record, or how many it would have taken; it is complete when they are not more than `room`
   * @throws RingwireError `ENCODING_ERROR` when the codec or a handler fails; its error is the `cause`
   */
  encode(value: T, buffer: Buffer, start: number, room: number): number {
    const { handler, overhead } = this;
    const data = start + handler.incomingLength;
    try {
      if (room < overhead) return overhead;
      handler.incoming(buffer, start);
      const length = this.codec.encode(value, buffer, data, room - overhead);
      if (!Number.isSafeInteger(length) || length < 0)
        throw new TypeError(`encode must return a whole number of bytes, not ${length}`);
      if (length + overhead <= room) handler.outgoing(buffer, data + length, start);
      return length + overhead;
    } catch (cause) {
      throw encodingError(cause);
    }
  }

  /** What was encoded last is published. */
  published(): void {
    this.handler.published?.();
  }
}

/** The error of a value that cannot be encoded; `cause`: why. */
export function encodingError(cause: unknown): RingwireError {
  const reason = reasonOf(cause);
  return new RingwireError('ENCODING_ERROR', `the value cannot be encoded: ${reason}`, { reason, cause });
}
