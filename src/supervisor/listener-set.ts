/** Listener registry for "new data exists". */
export class ListenerSet {
  readonly #listeners = new Set<() => void>();

  /** @returns removes the listener */
  add(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  notify(): void {
    for (const listener of this.#listeners) listener();
  }
}
