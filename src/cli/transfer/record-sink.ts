/** Writes records into a channel in place, piece by piece, and counts the bytes of the input that it has written. */
import { WriteResult, type Writer } from '../../channel/index.js';
import { RingwireError } from '../../platform/index.js';

const FIRST_PARTIAL = 64 * 1024;

/** Publishes the records of one input. */
export class RecordSink {
  /** Records published. */
  records = 0;
  /** Bytes of payload published. */
  payload = 0;
  /** Bytes of the input that are in the channel, or that were skipped on purpose. */
  taken = 0;
  readonly #writer: Writer;
  /** The beginning of a record whose rest has not arrived. */
  #partial = Buffer.allocUnsafe(FIRST_PARTIAL);
  #held = 0;

  constructor(writer: Writer) {
    this.#writer = writer;
  }

  /** Bytes of an unfinished record. */
  get held(): number {
    return this.#held;
  }

  /** The longest record of the channel in bytes. */
  get maxLength(): number {
    return this.#writer.header.maxMessageLength;
  }

  /**
   * Publishes the held bytes and the given piece as one record.
   * @param consumed bytes of input that this record stands for
   * @returns false when readers block the writer: nothing was published, and the call may be repeated
   * @throws RingwireError `CHANNEL_FULL`, `MAX_RECORD_LENGTH_EXCEEDED`, or `BACK_PRESSURED` because of a stuck reader;
   * nothing was published
   */
  put(source: Buffer, start: number, end: number, consumed: number): boolean {
    const held = this.#held;
    const length = held + end - start;
    const at = this.#writer.tryClaim(length);
    if (at === WriteResult.BackPressured) return false;
    if (at < 0) throw this.#refused(at, length);
    const target = this.#writer.buffer;
    if (held > 0) {
      this.#partial.copy(target, at, 0, held);
      this.#held = 0;
    }
    source.copy(target, at + held, start, end);
    this.#writer.commit();
    this.records++;
    this.payload += length;
    this.taken += consumed;
    return true;
  }

  /** Keeps the beginning of a record. @throws RingwireError `MAX_RECORD_LENGTH_EXCEEDED` as soon as it is too long */
  hold(source: Buffer, start: number, end: number): void {
    const length = this.#held + end - start;
    if (length > this.maxLength) throw this.#refused(WriteResult.RecordTooLong, length);
    if (length > this.#partial.length) {
      const larger = Buffer.allocUnsafe(Math.max(length, 2 * this.#partial.length));
      this.#partial.copy(larger, 0, 0, this.#held);
      this.#partial = larger;
    }
    source.copy(this.#partial, this.#held, start, end);
    this.#held = length;
  }

  #refused(result: number, length: number): RingwireError {
    const record = `record ${this.records + 1}`;
    const { header } = this.#writer;
    if (result === WriteResult.RecordTooLong) {
      return new RingwireError(
        'MAX_RECORD_LENGTH_EXCEEDED',
        `${record} has at least ${length} bytes, the limit of this channel is ${header.maxMessageLength}: use a larger --max-message-length or --capacity, or --framing chunks`,
        { recordLength: length, maxAllowed: header.maxMessageLength },
      );
    }
    if (result === WriteResult.ReaderStuck) {
      return new RingwireError(
        'BACK_PRESSURED',
        `${record} is blocked by a stuck reader: find it with ringwire stat, and end its process`,
        { reason: 'stuck' },
      );
    }
    if (result === WriteResult.Closed) return new RingwireError('CLOSED', 'the writer is closed');
    const left = this.#writer.available;
    const required = (length + 15) & ~7;
    return new RingwireError(
      'CHANNEL_FULL',
      `${record} needs ${required} bytes, ${left} of ${header.capacity} are left: continue in a new channel, or use a larger --capacity`,
      { required, left, capacity: header.capacity },
    );
  }
}
