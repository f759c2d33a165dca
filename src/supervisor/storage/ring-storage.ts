/**
 * Output and events in ring channels: any process reads them with the channel readers or `ringwire tail`, while the
 * manager runs and after it died; the next manager goes on in the same rings.
 *
 * Each stream has two rings. The output ring holds exactly the bytes of the child, in the chunks in which they came.
 * The arrival ring holds for each chunk 16 bytes, little-endian: its position in the output ring, and when it came
 * (Unix nanoseconds), both 64 bits. So output can be read without knowing about times.
 */

import { RingReader, RingWriter, TickUnit } from '../../channel/index.js';
import {
  type ControlEvent,
  type EventFilter,
  lastLines,
  type SnapshotOptions,
  type Watch,
} from '../../control/index.js';
import { ListenerSet } from '../listener-set.js';
import { LONGEST_PIECE } from '../output/output-spool.js';
import type { EventLog, OutputLog, Storage } from './storage.js';

/** Channel 1 holds the events; each output has an even channel and its arrivals the odd one behind. */
export const EVENTS_CHANNEL = 1;
const ARRIVAL_LENGTH = 16;
const EVENTS_CAPACITY = 1024 * 1024;
const LONGEST_EVENT = 4096;
const LEAST_CAPACITY = 1024 * 1024;
/** A ring holds this many of its longest pieces at least. */
const PIECES_KEPT = 16;
const NEVER = 0xffff_ffff_ffff_ffffn;

export interface RingStorageOptions {
  /** Bytes kept of each output, at least 1 MiB (default). */
  readonly outputCapacity: number;
}

export class RingStorage implements Storage {
  readonly folder: string;
  readonly #outputCapacity: number;

  constructor(folder: string, options: RingStorageOptions) {
    this.folder = folder;
    this.#outputCapacity = Math.max(options.outputCapacity, LEAST_CAPACITY);
  }

  outputLog(channel: number): OutputLog {
    return new RingOutputLog(this.folder, channel, this.#outputCapacity);
  }

  eventLog(): EventLog {
    return new RingEventLog(this.folder);
  }
}

class RingOutputLog implements OutputLog {
  readonly #folder: string;
  readonly #channel: number;
  readonly #output: RingWriter;
  readonly #arrivals: RingWriter;
  readonly #arrival = Buffer.alloc(ARRIVAL_LENGTH);
  readonly #signals = new ListenerSet();

  constructor(folder: string, channel: number, capacity: number) {
    this.#folder = folder;
    this.#channel = channel;
    this.#output = openRing(folder, channel, capacity, Math.min(capacity / PIECES_KEPT, LONGEST_PIECE));
    // As many arrivals as there may be chunks of half a kilobyte.
    this.#arrivals = openRing(folder, channel + 1, capacity / 16, ARRIVAL_LENGTH);
  }

  get appended(): number {
    return this.#output.sequence;
  }

  get longestPiece(): number {
    return this.#output.header.maxMessageLength;
  }

  append(bytes: Buffer, arrival: bigint): void {
    this.#arrival.writeBigUInt64LE(BigInt(this.#output.writeOffset), 0);
    this.#arrival.writeBigInt64LE(arrival, 8);
    this.#arrivals.write(this.#arrival);
    this.#output.write(bytes);
    this.#signals.notify();
  }

  snapshot({ since, lines, maxBytes }: SnapshotOptions): Buffer | null {
    if (this.#output.writeOffset === 0) return null;
    const from = since > 0n ? this.#positionAt(since) : 0;
    const { capacity } = this.#output.header;
    const data = Buffer.allocUnsafeSlow(Math.min(capacity, this.#output.writeOffset));
    let end = 0;
    using reader = RingReader.open(this.#folder, this.#channel, {
      from: 'oldest',
      timeout: 'never',
      delivery: 'in-place',
    });
    const keep = (buffer: Buffer, offset: number, length: number, position: number) => {
      if (position < from) return;
      buffer.copy(data, end, offset, offset + length);
      end += length;
    };
    while (reader.poll(keep) > 0);
    const whole = data.subarray(0, end);
    const lined = lines > 0 ? lastLines(whole, lines) : whole;
    const cut = lined.subarray(Math.max(0, lined.length - maxBytes));
    // A few lines must not keep all the memory of a whole log.
    return cut.length * 2 < data.length ? Buffer.from(cut) : cut;
  }

  watch(): Watch<Uint8Array> {
    return new RingWatch(openWatched(this.#folder, this.#channel), this.#signals, (bytes) => bytes);
  }

  close(): void {
    this.#output.detach();
    this.#arrivals.detach();
  }

  /** Position of the first chunk that came at `since` or later; behind everything when none did. */
  #positionAt(since: bigint): number {
    let found = Number.POSITIVE_INFINITY;
    using reader = RingReader.open(this.#folder, this.#channel + 1, {
      from: 'oldest',
      timeout: 'never',
      delivery: 'in-place',
    });
    const look = (buffer: Buffer, offset: number) => {
      if (buffer.readBigInt64LE(offset + 8) < since) return;
      found = Math.min(found, Number(buffer.readBigUInt64LE(offset)));
    };
    while (reader.poll(look) > 0);
    return found;
  }
}

/** Events as JSON, one record each. */
class RingEventLog implements EventLog {
  readonly #folder: string;
  readonly #writer: RingWriter;
  readonly #signals = new ListenerSet();

  constructor(folder: string) {
    this.#folder = folder;
    this.#writer = openRing(folder, EVENTS_CHANNEL, EVENTS_CAPACITY, LONGEST_EVENT);
  }

  append(event: ControlEvent): void {
    const record = Buffer.from(JSON.stringify({ ...event, time: String(event.time) }));
    this.#writer.write(record.subarray(0, LONGEST_EVENT));
    this.#signals.notify();
  }

  watch(filter: EventFilter): Watch<ControlEvent> {
    return new RingWatch(openWatched(this.#folder, EVENTS_CHANNEL), this.#signals, (bytes) => {
      const event = parseEvent(bytes);
      return event !== null && matches(event, filter) ? event : null;
    });
  }

  close(): void {
    this.#writer.detach();
  }
}

export function parseEvent(record: Buffer): ControlEvent | null {
  try {
    const { time, ...event } = JSON.parse(record.toString()) as Omit<ControlEvent, 'time'> & { time: string };
    return { ...event, time: BigInt(time) };
  } catch {
    return null;
  }
}

function matches({ id, type }: ControlEvent, { ids, types }: EventFilter): boolean {
  if (ids !== null && ids.length > 0 && !ids.includes(id)) return false;
  return types === null || types.length === 0 || types.includes(type);
}

/** Reads one ring on behalf of a client, at the client's pace; what it was too slow for is counted. */
class RingWatch<T> implements Watch<T> {
  readonly #reader: RingReader;
  readonly #signals: ListenerSet;
  readonly #convert: (bytes: Buffer) => T | null;
  #bytes: Buffer = Buffer.alloc(0);
  #forget: (() => void) | null = null;
  #closed = false;

  constructor(reader: RingReader, signals: ListenerSet, convert: (bytes: Buffer) => T | null) {
    this.#reader = reader;
    this.#signals = signals;
    this.#convert = convert;
  }

  get lost(): number {
    return this.#closed ? 0 : this.#reader.losses.records;
  }

  next(): T | null {
    while (!this.#closed && this.#reader.poll(this.#take, 1) > 0) {
      const item = this.#convert(this.#bytes);
      if (item !== null) return item;
    }
    return null;
  }

  onReadable(listener: () => void): void {
    this.#forget?.();
    this.#forget = this.#signals.add(listener);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#forget?.();
    this.#reader.close();
  }

  readonly #take = (buffer: Buffer, offset: number, length: number): void => {
    this.#bytes = buffer.subarray(offset, offset + length);
  };
}

/**
 * In place and without a copy: this process writes the ring itself, so nothing changes in it before the next turn of
 * the event loop.
 */
function openWatched(folder: string, channel: number): RingReader {
  return RingReader.open(folder, channel, { from: 'newest', timeout: 'never', delivery: 'in-place' });
}

function openRing(folder: string, channel: number, capacity: number, longest: number): RingWriter {
  return RingWriter.open(folder, {
    writerId: process.pid,
    channelId: channel,
    capacity,
    maxMessageLength: longest,
    timeout: NEVER,
    tickUnit: TickUnit.Nanos,
  });
}
