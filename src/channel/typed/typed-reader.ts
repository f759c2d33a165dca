/** Reads values instead of bytes from a reader of any kind. */
import type { Doorbell, RingwireError } from '../../platform/index.js';
import type { Reader, RecordsOptions } from '../core/reader.js';
import { iterateRecords } from '../io/record-iteration.js';
import { BURST, NONE, WaitingIterator } from '../io/waiting-iterator.js';
import type { Codec } from './codecs/index.js';
import type { RecordDecorator } from './handlers/index.js';
import { RecordDecoder } from './record-decoder.js';

/** A decoded record. */
export interface TypedRecord<T> {
  /** The decoded value. */
  readonly value: T;
  /** Position of the record in bytes. */
  readonly position: number;
}

/**
 * Checks and removes the bytes of the handlers and decodes the rest. Throws an error once for a record that
 * it cannot decode; the next call continues after it.
 *
 * @example
 * ```ts
 * const reader = new TypedReader(ShmReader.open(root, id), json<Order>());
 * for await (const { value } of reader.records()) handle(value);
 * ```
 */
export class TypedReader<T> implements Disposable {
  /** The reader of the bytes. */
  readonly reader: Reader;
  readonly #decoder: RecordDecoder<T>;

  /**
   * Reads values from `reader`. `handler`: configured like the handler of the writer. Closing this reader closes
   * `reader`.
   */
  constructor(reader: Reader, codec: Codec<T>, handler?: RecordDecorator) {
    this.reader = reader;
    this.#decoder = new RecordDecoder(codec, handler);
  }

  /** The codec of the values. */
  get codec(): Codec<T> {
    return this.#decoder.codec;
  }

  /** The handler of the records. */
  get handler(): RecordDecorator {
    return this.#decoder.handler;
  }

  /** Position of the next record, in bytes. */
  get position(): number {
    return this.reader.position;
  }

  /** The doorbell to sleep on, or null if the channel has none. */
  get doorbell(): Doorbell | null {
    return this.reader.doorbell;
  }

  /** Why the channel ended for this reader; null while more records may follow. */
  get endReason(): RingwireError | null {
    return this.reader.endReason;
  }

  /**
   * Delivers the available values, at most `limit`. Never waits.
   * @returns number of values delivered
   * @throws RingwireError `DECODING_ERROR` or `CHECKSUM_MISMATCH`, with the position of the record; the errors of
   * `Reader.poll`
   */
  poll(handler: (value: T, position: number) => void, limit?: number): number {
    const decoder = this.#decoder;
    return this.reader.poll((buffer, offset, length, position) => {
      handler(decoder.decode(buffer, offset, length, position), position);
    }, limit);
  }

  /**
   * Returns the next value with its position, or null if none is available.
   * @throws like {@link poll}
   */
  tryRead(): TypedRecord<T> | null {
    let record: TypedRecord<T> | null = null;
    this.poll((value, position) => {
      record = { value, position };
    }, 1);
    return record;
  }

  /**
   * Iterates over all values with their positions. Waits for more until the writer closes the channel or the signal
   * aborts.
   * @throws like {@link poll}; RingwireError `TIMEOUT` when the writer is dead or the timeout of the reader is final
   */
  records(options?: RecordsOptions): AsyncIterableIterator<TypedRecord<T>> {
    return iterateRecords(this, options);
  }

  /**
   * Iterates over all values. Waits for more until the writer closes the channel.
   * @throws like {@link records}
   */
  [Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    return new ValueIterator(this);
  }

  /** Closes the reader of the bytes. A second call does nothing. */
  close(): void {
    this.reader.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

class ValueIterator<T> extends WaitingIterator<T> {
  readonly #reader: TypedReader<T>;

  constructor(reader: TypedReader<T>) {
    super(reader, BURST, {});
    this.#reader = reader;
  }

  protected override take(): T | typeof NONE {
    const record = this.#reader.tryRead();
    if (record === null) return NONE;
    this.burst++;
    return record.value;
  }
}
