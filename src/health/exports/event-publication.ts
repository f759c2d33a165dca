/** Events as records of a channel, one JSON document in each, for readers in other processes. */
import type { Writer } from '../../channel/index.js';
import { statusLabel } from '../frame/status.js';
import type { HealthEvent } from '../observer/health-event.js';
import type { VlpObserver } from '../observer/observer.js';

/**
 * Publishes the events of an observer into a channel.
 *
 * @example
 * const publication = new EventPublication(observer, writer);
 */
export class EventPublication {
  readonly #observer: VlpObserver;
  readonly #writer: Writer;
  readonly #take = (event: HealthEvent) => this.#publish(event);
  /** Number of events that the channel refused. */
  dropped = 0;

  /** @param writer remains open after {@link close}; records have up to about 300 bytes */
  constructor(observer: VlpObserver, writer: Writer) {
    this.#observer = observer;
    this.#writer = writer;
    observer.on('event', this.#take);
  }

  /** Stops publishing. */
  close(): void {
    this.#observer.off('event', this.#take);
  }

  #publish(event: HealthEvent): void {
    try {
      if (this.#writer.tryWrite(Buffer.from(JSON.stringify(eventAsJson(event)))) <= 0) this.dropped++;
    } catch {
      this.dropped++; // The application has an open claim on this writer.
    }
  }
}

/** An event for JSON: 64-bit numbers as strings, the status as its name, an error as its name and message. */
export function eventAsJson(event: HealthEvent): object {
  const fields = Object.entries(event).map(([name, value]) => {
    if (typeof value === 'bigint') return [name, String(value)];
    if (name === 'status') return [name, statusLabel(value)];
    return value instanceof Error ? [name, value.message] : [name, value];
  });
  return Object.fromEntries(fields);
}
