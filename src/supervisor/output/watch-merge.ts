/** Merges several watches into one, to follow all processes. */
import type { Watch } from '../../control/index.js';

/** Takes items from its watches in turn. */
export class WatchMerge<T> implements Watch<T> {
  readonly #watches: Watch<T>[] = [];
  readonly #onClose: () => void;
  #listener: () => void = () => {};
  #next = 0;

  constructor(onClose: () => void) {
    this.#onClose = onClose;
  }

  get lost(): number {
    return this.#watches.reduce((sum, watch) => sum + watch.lost, 0);
  }

  add(watch: Watch<T>): void {
    watch.onReadable(() => this.#listener());
    this.#watches.push(watch);
    this.#listener();
  }

  next(): T | null {
    for (let i = 0; i < this.#watches.length; i++) {
      this.#next = (this.#next + 1) % this.#watches.length;
      const item = this.#watches[this.#next]?.next() ?? null;
      if (item !== null) return item;
    }
    return null;
  }

  onReadable(listener: () => void): void {
    this.#listener = listener;
  }

  close(): void {
    for (const watch of this.#watches.splice(0)) watch.close();
    this.#onClose();
  }
}
