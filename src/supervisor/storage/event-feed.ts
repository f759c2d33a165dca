/** The events of a manager: adds the time, stores the event, and notifies the listeners of this process. */
import diagnostics from 'node:diagnostics_channel';
import { EventEmitter } from 'node:events';
import type { ControlEvent, EventFilter, Watch } from '../../control/index.js';
import { reasonOf, systemClock } from '../../platform/index.js';
import type { EventLog } from './storage.js';

/** An event without its time. */
export type NewEvent = Omit<ControlEvent, 'time'>;

/** Emits `event` for each event, and publishes it as `ringwire:process.*` on `node:diagnostics_channel`. */
export class EventFeed extends EventEmitter<{ event: [event: ControlEvent] }> {
  readonly #log: EventLog;
  #closed = false;

  constructor(log: EventLog) {
    super();
    this.#log = log;
  }

  /**
   * Adds the time, stores the event and emits it. Never throws, because the state machine that reports must not stop
   * halfway. An error of a listener becomes an uncaught exception of the process; an event that cannot be stored causes a
   * warning.
   */
  report(event: NewEvent): void {
    const whole = { ...event, time: systemClock.unixNanos() };
    this.#keep(whole);
    const channel = diagnostics.channel(`ringwire:${event.type}`);
    if (channel.hasSubscribers) channel.publish(whole);
    for (const listener of this.listeners('event')) {
      try {
        listener(whole);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }

  /** Events from now on. */
  watch(filter: EventFilter): Watch<ControlEvent> {
    return this.#log.watch(filter);
  }

  /** Closes the log; later events are emitted only. */
  close(): void {
    this.#closed = true;
    this.#log.close();
  }

  #keep(event: ControlEvent): void {
    if (this.#closed) return;
    try {
      this.#log.append(event);
    } catch (error) {
      process.emitWarning(`the event ${event.type} of '${event.id}' is not kept: ${reasonOf(error)}`);
    }
  }
}
