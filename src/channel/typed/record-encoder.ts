/** Encodes values as records: the bytes of the codec with those of the handlers around them. */
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

  /** Whether {@link whole} is the whole record: the codec has that method, and no handler takes part. */
  get isWhole(): boolean {
    return this.codec.whole !== undefined && this.handler.constructor === EncoderHandler;
  }

  /**
   * Returns the record of a value as a text or as bytes, if {@link isWhole}.
   * @throws RingwireError `ENCODING_ERROR` when the codec fails, or for a value that has no bytes
   */
  whole(value: T): string | Uint8Array {
    try {
      const record = this.codec.whole?.(value) ?? '';
      if (record.length > 0) return record;
    } catch (cause) {
      throw encodingError(cause);
    }
    throw noBytes();
  }

  /** Bytes of the handlers in every record. */
  get overhead(): number {
    return this.handler.incomingLength + this.handler.outgoingLength;
  }

  /**
   * Starts the attempt to write a value.
   * @returns upper bound for its record in bytes; Infinity if the codec has none
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
   * Encodes the record into `room` bytes of `buffer` from `start`.
   * @returns length of the record in bytes; the record is complete if the length is at most `room`
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

  /** Called after the encoded record was published. */
  published(): void {
    this.handler.published?.();
  }
}

/** Error for a value that has no bytes. */
export function noBytes(): RingwireError {
  return encodingError(new TypeError('the value has no bytes: a record of no bytes is a heartbeat'));
}

/** Error for a value that cannot be encoded. `cause`: the reason. */
export function encodingError(cause: unknown): RingwireError {
  const reason = reasonOf(cause);
  return new RingwireError('ENCODING_ERROR', `the value cannot be encoded: ${reason}`, { reason, cause });
}
