/** Decodes records: checks and removes the bytes of the handlers, and decodes the rest. */
import { RingwireError, reasonOf } from '../../platform/index.js';
import type { Codec } from './codecs/index.js';
import { EncoderHandler, type RecordDecorator } from './handlers/index.js';

/** Decodes the records of one reader. */
export class RecordDecoder<T> {
  readonly codec: Codec<T>;
  readonly handler: RecordDecorator;

  /** Creates a decoder. `handler`: configured like the handler of the writer. */
  constructor(codec: Codec<T>, handler: RecordDecorator = new EncoderHandler()) {
    this.codec = codec;
    this.handler = handler;
  }

  /**
   * Decodes one record.
   * @param position position of the record, for the error
   * @throws RingwireError `DECODING_ERROR`, or an error of a handler, such as `CHECKSUM_MISMATCH`
   */
  decode(buffer: Buffer, offset: number, length: number, position: number): T {
    const { handler } = this;
    const { incomingLength, outgoingLength } = handler;
    const inside = length - incomingLength - outgoingLength;
    try {
      if (inside < 0) throw new TypeError('the record is shorter than the bytes of its handlers');
      handler.check?.(buffer, offset, offset + length, position);
      const value = this.codec.decode(buffer, offset + incomingLength, inside);
      handler.receive(buffer, offset, offset + length);
      return value;
    } catch (cause) {
      if (cause instanceof RingwireError) throw cause;
      const reason = reasonOf(cause);
      throw new RingwireError(
        'DECODING_ERROR',
        `the record at position ${position} cannot be decoded: ${reason}`,
        { position, reason, cause },
      );
    }
  }
}
