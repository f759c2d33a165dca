/** Reads one ring at the pace of a client, and counts the records that the client lost. */
import type { RingReader } from '../../channel/index.js';
import type { Watch } from '../../control/index.js';
import type { ListenerSet } from '../listener-set.js';

/** A watch over the records of a ring that this process writes. */
export class RingWatch<T> implements Watch<T> {
  readonly #reader: RingReader;
  readonly #signals: ListenerSet;
  readonly #convert: (bytes: Buffer) => T | null;
  #bytes: Buffer = Buffer.alloc(0);
  #forget: (() => void) | null = null;
  #closed = false;

  /** @param convert returns null for a record that the client did not request */
  constructor(reader: RingReader, signals: ListenerSet, convert: (bytes: Buffer) => T | null) {
    this.#reader = reader;
    this.#signals = signals;
    this.#convert = convert;
  }

  get lost(): number {
    return this.#closed ? 0 : this.#reader.losses.records;
  }

  next(): T | null {
    while (!this.#closed && this.#reader.poll(this.#take, 1) > 0) {
      const item = this.#convert(this.#bytes);
      if (item !== null) return item;
    }
    return null;
  }

  onReadable(listener: () => void): void {
    this.#forget?.();
    this.#forget = this.#signals.add(listener);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#forget?.();
    this.#reader.close();
  }

  readonly #take = (buffer: Buffer, offset: number, length: number): void => {
    this.#bytes = buffer.subarray(offset, offset + length);
  };
}
