/** The events of a manager: each gets its time, is kept, and is told to those who listen in this process. */
import type { ControlEvent, EventFilter, Watch } from '../../control/index.js';
import type { EventLog } from './storage.js';
import { unixNanos } from './unix-time.js';

/** An event as those give it who see it happen. */
export type NewEvent = Omit<ControlEvent, 'time'>;

export class EventFeed {
  readonly #log: EventLog;
  readonly #listeners = new Set<(event: ControlEvent) => void>();

  constructor(log: EventLog) {
    this.#log = log;
  }

  emit(event: NewEvent): void {
    const whole = { ...event, time: unixNanos() };
    this.#log.append(whole);
    for (const listener of this.#listeners) listener(whole);
  }

  onEvent(listener: (event: ControlEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  watch(filter: EventFilter): Watch<ControlEvent> {
    return this.#log.watch(filter);
  }

  close(): void {
    this.#log.close();
  }
}
