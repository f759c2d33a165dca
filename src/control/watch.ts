/** The source of a stream: it returns the items that exist, and reports when there are more. */

/** Items for a consumer that pulls, with a count of those it was too slow for. */
export interface Watch<T> {
  /**
   * The next item, or null when there is none now. An item is valid until the next call, and in this turn of the event
   * loop only. Never waits.
   */
  next(): T | null;
  /** Calls `listener` whenever items come after `next` returned null. Replaces an earlier listener. */
  onReadable(listener: () => void): void;
  /** Number of items that were dropped because this watcher was too slow. */
  readonly lost: number;
  /** Ends the watch. A second call does nothing. */
  close(): void;
}

/**
 * A watch over a bounded queue in memory. An item that does not fit is dropped and counted.
 * @example
 * const watch = new QueueWatch<Uint8Array>(64 * 1024, (chunk) => chunk.length);
 * watch.push(Buffer.from('output of the process'));
 */
export class QueueWatch<T> implements Watch<T> {
  readonly #limit: number;
  readonly #sizeOf: (item: T) => number;
  readonly #onClose: () => void;
  #items: T[] = [];
  #first = 0;
  #bytes = 0;
  #lost = 0;
  #listener: (() => void) | null = null;
  #closed = false;

  /**
   * @param limit bytes that wait at most; one item of any size always fits an empty queue
   * @param sizeOf size of an item in bytes
   * @param onClose called once, at the first {@link close}
   */
  constructor(limit: number, sizeOf: (item: T) => number, onClose: () => void = () => {}) {
    this.#limit = limit;
    this.#sizeOf = sizeOf;
    this.#onClose = onClose;
  }

  get lost(): number {
    return this.#lost;
  }

  /** Adds an item, or drops and counts it when it does not fit. Does nothing after {@link close}. */
  push(item: T): void {
    if (this.#closed) return;
    const size = this.#sizeOf(item);
    if (this.#bytes + size > this.#limit && this.#first < this.#items.length) {
      this.#lost++;
      return;
    }
    this.#items.push(item);
    this.#bytes += size;
    this.#listener?.();
  }

  next(): T | null {
    if (this.#first === this.#items.length) return null;
    const item = this.#items[this.#first++] as T;
    this.#bytes -= this.#sizeOf(item);
    if (this.#first === this.#items.length || this.#first > 1024) {
      this.#items = this.#items.slice(this.#first);
      this.#first = 0;
    }
    return item;
  }

  onReadable(listener: () => void): void {
    this.#listener = listener;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#items = [];
    this.#first = 0;
    this.#onClose();
  }
}
