/** The events of an observer as an async iterator with a bounded queue. */
import { onAbort } from '../../platform/index.js';
import type { HealthEvent } from './health-event.js';

/** Most events queued for a slow consumer. The oldest are dropped first. */
const KEPT = 10_000;

/**
 * An async iterator over events. Its queue holds at most 10,000 events; the oldest are dropped first.
 *
 * @example
 * for await (const event of observer.events()) if (event.kind === 'stall') console.log(event.pid);
 */
export class EventStream implements AsyncIterableIterator<HealthEvent> {
  readonly #detach: () => void;
  readonly #queue: HealthEvent[] = [];
  #stopListening: () => void = () => {};
  #waiting: ((result: IteratorResult<HealthEvent>) => void) | null = null;
  #ended = false;
  #lost = 0;

  /** @param attach registers a listener and returns a function that removes it */
  constructor(attach: (take: (event: HealthEvent) => void) => () => void, signal?: AbortSignal) {
    this.#detach = attach((event) => this.#take(event));
    this.#stopListening = onAbort(signal, () => this.end());
  }

  /** Number of events dropped because the queue was full. */
  get lost(): number {
    return this.#lost;
  }

  /** The next event. Waits for one; `done` after the end of the stream. */
  next(): Promise<IteratorResult<HealthEvent>> {
    const event = this.#queue.shift();
    if (event !== undefined) return Promise.resolve({ done: false, value: event });
    if (this.#ended) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve) => {
      this.#waiting = resolve;
    });
  }

  /** Ends the stream and drops the queued events. */
  return(): Promise<IteratorResult<HealthEvent>> {
    this.#queue.length = 0;
    this.end();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Ends the stream. Queued events can still be read. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#detach();
    this.#stopListening();
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
