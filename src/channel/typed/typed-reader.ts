/** Reading values instead of bytes, from any reader. */
import type { RingwireError } from '../../platform/index.js';
import type { Reader, RecordsOptions } from '../core/reader.js';
import { iterateRecords } from '../io/record-iteration.js';
import type { Codec } from './codecs/index.js';
import type { RecordDecorator } from './handlers/index.js';
import { RecordDecoder } from './record-decoder.js';

/** A decoded record. */
export interface TypedRecord<T> {
  readonly value: T;
  /** Where the record begins. */
  readonly position: number;
}

/**
 * Checks and takes off what the handlers of the writing side added, and decodes what is inside. A record that is not
 * what was agreed on is reported by an error, once; the next call continues after it.
 */
export class TypedReader<T> implements Disposable {
  readonly reader: Reader;
  readonly #decoder: RecordDecoder<T>;

  /** `handler`: made like that of the writing side. Closing this closes `reader`. */
  constructor(reader: Reader, codec: Codec<T>, handler?: RecordDecorator) {
    this.reader = reader;
    this.#decoder = new RecordDecoder(codec, handler);
  }

  get codec(): Codec<T> {
    return this.#decoder.codec;
  }

  get handler(): RecordDecorator {
    return this.#decoder.handler;
  }

  /** Position of the next record, in bytes. */
  get position(): number {
    return this.reader.position;
  }

  /** Why no more records will come; null while more may come. */
  get endReason(): RingwireError | null {
    return this.reader.endReason;
  }

  /**
   * Delivers the values that are there, at most `limit`, and returns how many. Never waits.
   * @throws RingwireError `DECODING_ERROR` or `CHECKSUM_MISMATCH`, with the position of the record; what `Reader.poll`
   * throws
   */
  poll(handler: (value: T, position: number) => void, limit?: number): number {
    const decoder = this.#decoder;
    return this.reader.poll((buffer, offset, length, position) => {
      handler(decoder.decode(buffer, offset, length, position), position);
    }, limit);
  }

  /** The next value with its position, or null when there is none now. @throws like {@link poll} */
  tryRead(): TypedRecord<T> | null {
    const kept: TypedRecord<T>[] = [];
    this.poll((value, position) => void kept.push({ value, position }), 1);
    return kept[0] ?? null;
  }

  /**
   * All values with their positions, waiting for more until the writer closes the channel or the signal aborts.
   * @throws like {@link poll}; RingwireError `TIMEOUT` when the writer is dead or the timeout of the reader is final
   */
  records(options?: RecordsOptions): AsyncIterableIterator<TypedRecord<T>> {
    const { reader } = this;
    const source = {
      doorbell: reader.doorbell,
      get endReason() {
        return reader.endReason;
      },
      tryRead: () => this.tryRead(),
    };
    return iterateRecords(source, options);
  }

  /** All values, waiting for more until the writer closes the channel. @throws like {@link records} */
  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for await (const { value } of this.records()) yield value;
  }

  close(): void {
    this.reader.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
