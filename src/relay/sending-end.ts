/**
 * The outgoing end for engines that store records: takes records from the source and appends them to a sink.
 *
 * INV-RELAY-04: records are appended in order from the resume token of the sink, each with its own sequence number. After
 * a loss nothing is appended before the engine has confirmed every earlier record and the new place is saved.
 */
import type { RelayEnd, RelaySink } from './engine.js';
import type { RelaySource } from './relay-source.js';

/** Records taken from the source at once. */
const BATCH = 64;
/** Milliseconds between two stores of the confirmed place. */
const SAVE_MILLIS = 20;
/** Confirmed records that are kept until the queue is made shorter. */
const COMPACT_AFTER = 1024;

interface HeldRecord {
  readonly record: Buffer;
  readonly sequence: number;
}

/** What an outgoing relay has done, over all of its connections. */
export interface SendCounters {
  sent: number;
  lost: number;
}

/**
 * The records that were read from the source and are not confirmed, as copies: the client sends later than a view is
 * valid, and after a reconnect they are sent again. The ring may not hold them any more for a reader that goes back.
 */
export class Outbox {
  readonly #source: RelaySource;
  readonly #records: HeldRecord[] = [];
  #head = 0;
  #next = 0;

  constructor(source: RelaySource) {
    this.#source = source;
  }

  /** Whether every record that was read is appended. */
  get isEmpty(): boolean {
    return this.#next === this.#records.length;
  }

  /** The record that is appended next, or undefined. */
  get first(): HeldRecord | undefined {
    return this.#records[this.#next];
  }

  /** The record {@link first} is appended. */
  pass(): void {
    this.#next++;
  }

  /** Reads from the source, when every earlier record is appended. */
  fill(limit: number): void {
    if (this.isEmpty) this.#source.poll(this.#take, limit);
  }

  /** The records before `sequence` are confirmed. */
  confirm(sequence: number): void {
    while (this.#head < this.#next && (this.#records[this.#head] as HeldRecord).sequence < sequence)
      this.#head++;
    if (this.#head < COMPACT_AFTER) return;
    this.#records.splice(0, this.#head);
    this.#next -= this.#head;
    this.#head = 0;
  }

  /** Appending continues at the record `sequence`. @throws RingwireError `INVALID_POSITION` when the source does not reach it */
  goTo(sequence: number): void {
    const held = this.#records.slice(this.#head).filter((each) => each.sequence >= sequence);
    const isHeld = sequence >= this.#source.confirmed && sequence <= this.#source.next;
    this.#records.splice(0, this.#records.length, ...(isHeld ? held : []));
    this.#head = this.#next = 0;
    if (!isHeld) this.#source.goTo(sequence);
  }

  readonly #take = (buffer: Buffer, offset: number, length: number, sequence: number): void => {
    this.#records.push({ record: Buffer.from(buffer.subarray(offset, offset + length)), sequence });
  };
}

export class SendingEnd implements RelayEnd {
  readonly #source: RelaySource;
  readonly #outbox: Outbox;
  readonly #sink: RelaySink;
  readonly #counters: SendCounters;
  #savedAt = 0;

  /** @throws RingwireError `INVALID_POSITION` when the engine holds more records than the source */
  constructor(source: RelaySource, outbox: Outbox, sink: RelaySink, counters: SendCounters) {
    this.#source = source;
    this.#outbox = outbox;
    this.#sink = sink;
    this.#counters = counters;
    outbox.goTo(sink.next);
  }

  get isDone(): boolean {
    const { next, confirmed, isAtEnd } = this.#source;
    return isAtEnd && this.#outbox.isEmpty && this.#sink.confirmed >= next && confirmed >= next;
  }

  doWork(now: number): number {
    this.#sink.check(now);
    this.#release(now);
    const { room } = this.#sink;
    if (room > 0) this.#outbox.fill(Math.min(BATCH, room));
    return this.#append();
  }

  #append(): number {
    const sink = this.#sink;
    let taken = 0;
    for (let each = this.#outbox.first; each !== undefined && sink.room > 0; each = this.#outbox.first) {
      const lost = each.sequence - sink.next;
      if (lost > 0) {
        if (sink.confirmed < sink.next) break;
        this.#counters.lost += lost;
        sink.skip(each.sequence);
      }
      sink.append(each.record);
      this.#outbox.pass();
      taken++;
    }
    this.#counters.sent += taken;
    return taken;
  }

  /** Lets the source forget what the engine has confirmed. */
  #release(now: number): void {
    const confirmed = Math.min(this.#sink.confirmed, this.#source.next);
    if (confirmed <= this.#source.confirmed) return;
    if (now - this.#savedAt < SAVE_MILLIS && this.#sink.room > 0 && !this.#source.isAtEnd) return;
    this.#savedAt = now;
    this.#outbox.confirm(confirmed);
    this.#source.confirm(confirmed);
    this.#sink.save();
  }
}
