/** The events of a manager in a ring: JSON, one record for each event. */
import type { RingWriter } from '../../channel/index.js';
import type { ControlEvent, EventFilter, Watch } from '../../control/index.js';
import { ListenerSet } from '../listener-set.js';
import { openOwnRing, openRing } from './open-ring.js';
import { RingWatch } from './ring-watch.js';
import type { EventLog } from './storage.js';

/** Channel 1 holds the events; each output has an even channel, and its arrivals the odd one after it. */
export const EVENTS_CHANNEL = 1;
const CAPACITY = 1024 * 1024;
/** Bytes of a record. */
const LONGEST_EVENT = 64 * 1024;

/** Keeps the newest events. */
export class RingEventLog implements EventLog {
  readonly #folder: string;
  readonly #writer: RingWriter;
  readonly #signals = new ListenerSet();

  constructor(folder: string) {
    this.#folder = folder;
    this.#writer = openRing(folder, EVENTS_CHANNEL, CAPACITY, LONGEST_EVENT);
  }

  append(event: ControlEvent): void {
    this.#writer.write(encodeEvent(event, this.#writer.header.maxMessageLength));
    this.#signals.notify();
  }

  watch(filter: EventFilter): Watch<ControlEvent> {
    return new RingWatch(openOwnRing(this.#folder, EVENTS_CHANNEL, 'newest'), this.#signals, (bytes) => {
      const event = parseEvent(bytes);
      return event !== null && matches(event, filter) ? event : null;
    });
  }

  close(): void {
    this.#writer.detach();
  }
}

/**
 * The record of an event: valid JSON. A reason that does not fit is shortened at a character, and says so.
 * @param longest bytes of a record
 */
export function encodeEvent(event: ControlEvent, longest: number = LONGEST_EVENT): Buffer {
  const whole = toJson(event);
  const { reason = '' } = event;
  if (whole.length <= longest) return whole;
  // JSON may need several bytes for a character: try less until it fits.
  for (let keep = Math.min(reason.length, longest); ; keep = Math.floor(keep / 2)) {
    const kept = reason.slice(0, keep).replace(/[\ud800-\udbff]$/, '');
    const record = toJson({ ...event, reason: `${kept}… (shortened from ${reason.length} characters)` });
    if (record.length <= longest || keep === 0) return record;
  }
}

/** The event in a record of {@link EVENTS_CHANNEL}; null when the record holds none. */
export function parseEvent(record: Buffer): ControlEvent | null {
  try {
    const { time, ...event } = JSON.parse(record.toString()) as Omit<ControlEvent, 'time'> & { time: string };
    return { ...event, time: BigInt(time) };
  } catch {
    return null;
  }
}

function toJson(event: ControlEvent): Buffer {
  return Buffer.from(JSON.stringify({ ...event, time: String(event.time) }));
}

function matches({ id, type }: ControlEvent, { ids, types }: EventFilter): boolean {
  if (ids !== null && ids.length > 0 && !ids.includes(id)) return false;
  return types === null || types.length === 0 || types.includes(type);
}
