/** Events as records of a channel, one JSON document each, for readers in other processes. */
import type { Writer } from '../../channel/index.js';
import { statusLabel } from '../frame/status.js';
import type { HealthEvent } from '../observer/health-event.js';
import type { VlpObserver } from '../observer/observer.js';

/** Publishes the events of an observer into a channel. */
export class EventPublication {
  readonly #observer: VlpObserver;
  readonly #writer: Writer;
  readonly #take = (event: HealthEvent) => this.#publish(event);
  /** Events that the channel refused. */
  dropped = 0;

  /** @param writer stays open when this closes; a record has up to about 300 bytes */
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
      this.dropped++; // The application holds a claim on this writer.
    }
  }
}

/** An event with numbers of 64 bits as strings, its status by name and its error by name and message. */
export function eventAsJson(event: HealthEvent): object {
  const fields = Object.entries(event).map(([name, value]) => {
    if (typeof value === 'bigint') return [name, String(value)];
    if (name === 'status') return [name, statusLabel(value)];
    return value instanceof Error ? [name, value.message] : [name, value];
  });
  return Object.fromEntries(fields);
}
