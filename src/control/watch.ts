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
  /** Items this watcher was too slow for, so far. */
  readonly lost: number;
  /** A second call does nothing. */
  close(): void;
}

/** A watch that is fed by {@link push}, bounded in bytes; items that do not fit are counted and dropped, newest first. */
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

  constructor(limit: number, sizeOf: (item: T) => number, onClose: () => void = () => {}) {
    this.#limit = limit;
    this.#sizeOf = sizeOf;
    this.#onClose = onClose;
  }

  get lost(): number {
    return this.#lost;
  }

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
