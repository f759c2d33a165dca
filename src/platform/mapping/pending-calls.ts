/**
 * Counts the asynchronous calls that still use a mapping.
 *
 * INV-MEM-03: a mapping and its descriptor remain until every asynchronous call on them has ended.
 */
export class PendingCalls {
  #count = 0;
  #release: (() => void) | null = null;

  /** Runs an asynchronous call; `start` calls back once, when the call has ended. */
  run(start: (ended: (error: Error | null) => void) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#count++;
      start((error) => {
        this.#end();
        if (error === null) resolve();
        else reject(error);
      });
    });
  }

  /** Calls `release` when no call is in progress: immediately, or at the end of the last call. */
  whenIdle(release: () => void): void {
    if (this.#count === 0) release();
    else this.#release = release;
  }

  #end(): void {
    this.#count--;
    if (this.#count > 0) return;
    const release = this.#release;
    this.#release = null;
    release?.();
  }
}
