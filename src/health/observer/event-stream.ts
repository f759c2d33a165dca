/** The events of an observer as an async iterator with a bounded queue. */
import type { HealthEvent } from './health-event.js';

/** Events queued for a slow consumer; the oldest are dropped first. */
const KEPT = 10_000;

/** An async iterator over events; see {@link VlpObserver.events}. */
export class EventStream implements AsyncIterableIterator<HealthEvent> {
  readonly #detach: () => void;
  readonly #signal: AbortSignal | undefined;
  readonly #abort = () => this.end();
  readonly #queue: HealthEvent[] = [];
  #waiting: ((result: IteratorResult<HealthEvent>) => void) | null = null;
  #ended = false;
  #lost = 0;

  /** @param attach registers a listener and returns a function that removes it */
  constructor(attach: (take: (event: HealthEvent) => void) => () => void, signal?: AbortSignal) {
    this.#detach = attach((event) => this.#take(event));
    this.#signal = signal;
    if (signal?.aborted === true) this.end();
    else signal?.addEventListener('abort', this.#abort);
  }

  /** Events that were dropped because the queue was full. */
  get lost(): number {
    return this.#lost;
  }

  next(): Promise<IteratorResult<HealthEvent>> {
    const event = this.#queue.shift();
    if (event !== undefined) return Promise.resolve({ done: false, value: event });
    if (this.#ended) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve) => {
      this.#waiting = resolve;
    });
  }

  return(): Promise<IteratorResult<HealthEvent>> {
    this.#queue.length = 0;
    this.end();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Ends the stream; queued events can still be read. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#signal?.removeEventListener('abort', this.#abort);
    this.#detach();
    this.#waiting?.({ done: true, value: undefined });
    this.#waiting = null;
  }

  #take(event: HealthEvent): void {
    const waiting = this.#waiting;
    if (waiting !== null) {
      this.#waiting = null;
      waiting({ done: false, value: event });
      return;
    }
    if (this.#queue.length >= KEPT) {
      this.#queue.shift();
      this.#lost++;
    }
    this.#queue.push(event);
  }
}
