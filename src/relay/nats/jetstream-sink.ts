/**
 * A stream of JetStream as the sink of a relay.
 *
 * Each message carries its identity, `Nats-Msg-Id: <source>:<sequence>`, and the sequence number that the stream must have
 * reached, `Nats-Expected-Last-Sequence`. The server refuses a message that does not follow the one before it. So many
 * messages may be in flight, and the stream still holds a prefix of the records at any moment.
 *
 * INV-RELAY-05: a stream holds record r only after every earlier record of this source that was appended, and at most
 * once. The relay asks for the last message of the stream before the first append of a connection, so this does not
 * depend on the duplicate window of the server.
 */
import type { Msg, MsgHdrs } from '@nats-io/transport-node';
import type { DurableCursor } from '../../channel/index.js';
import { RingwireError } from '../../platform/index.js';
import type { RelaySink } from '../engine.js';
import { TransientFault } from '../transient-fault.js';
import { loadTransport } from './load-nats.js';
import type { RelayConnection } from './nats-connection.js';
import { ApiError, classify, recordTooLong } from './nats-faults.js';

/** Header of the first record after a loss: number of records that the source lost before it. */
export const LOST_HEADER = 'Ringwire-Lost';
const NO_RESPONDERS = 503;
/** Acknowledged messages that are kept until the queue is made shorter. */
const COMPACT_AFTER = 1024;

/** Limits of what is sent and not acknowledged. */
export interface FlightLimits {
  readonly records: number;
  readonly bytes: number;
  /** Milliseconds without an acknowledgement until the relay connects again. */
  readonly timeoutMs: number;
}

/** Where the records go. */
export interface SinkTarget {
  readonly stream: string;
  /** Returns the subject of a record. */
  readonly subject: (record: Uint8Array) => string;
  /** Identity of the source, the first part of each message id. */
  readonly source: number;
  readonly limits: FlightLimits;
}

/** Where the stream stands: number of the next record, and sequence number of the last message. */
export interface StreamPlace {
  readonly next: number;
  /** Records before `next` that the source lost, which no message of the stream reports yet. */
  readonly lost: number;
  readonly lastSequence: number;
  /** Identity of the stream. */
  readonly stream: number;
}

interface InFlight {
  readonly sequence: number;
  readonly streamSequence: number;
  readonly length: number;
}

/** The prefix of message ids of a source. */
export function messageIdPrefix(source: number): string {
  return `${source.toString(16)}:`;
}

export class JetStreamSink implements RelaySink {
  next: number;
  confirmed: number;
  readonly #connection: RelayConnection;
  readonly #target: SinkTarget;
  readonly #cursor: DurableCursor;
  readonly #stream: number;
  readonly #headers: MsgHdrs;
  readonly #replyPrefix: string;
  readonly #prefix: string;
  readonly #decoder = new TextDecoder();
  /** Messages without an acknowledgement, from `#head`, in order. Their sequence numbers have no gap. */
  readonly #flight: InFlight[] = [];
  #head = 0;
  #bytes = 0;
  /** Sequence number, in the stream, of the last message that was appended, and of the last confirmed one. */
  #lastSequence: number;
  #confirmedSequence: number;
  #lost: number;
  #heardAt = 0;
  #fault: RingwireError | TransientFault | null = null;

  static async open(
    connection: RelayConnection,
    target: SinkTarget,
    place: StreamPlace,
    cursor: DurableCursor,
  ): Promise<JetStreamSink> {
    const { createInbox, headers } = await loadTransport();
    return new JetStreamSink(connection, target, place, cursor, createInbox(), headers());
  }

  private constructor(
    connection: RelayConnection,
    target: SinkTarget,
    place: StreamPlace,
    cursor: DurableCursor,
    inbox: string,
    headers: MsgHdrs,
  ) {
    this.#connection = connection;
    this.#target = target;
    this.#cursor = cursor;
    this.#stream = place.stream;
    this.next = this.confirmed = place.next;
    this.#lost = place.lost;
    this.#lastSequence = this.#confirmedSequence = place.lastSequence;
    this.#prefix = messageIdPrefix(target.source);
    this.#headers = headers;
    headers.set('Nats-Expected-Stream', target.stream);
    this.#replyPrefix = `${inbox}.`;
    // Ends with the connection.
    connection.nats.subscribe(`${inbox}.*`, {
      callback: (error, message) => this.#onReply(error, message),
    });
    // From now on the cursor knows the stream, also when it is purged before the first save.
    if (cursor.saved === null) this.save();
  }

  get room(): number {
    const { records, bytes } = this.#target.limits;
    return this.#bytes >= bytes ? 0 : records - this.inFlight;
  }

  /** Number of messages without an acknowledgement. */
  get inFlight(): number {
    return this.#flight.length - this.#head;
  }

  append(record: Uint8Array): void {
    const { subject } = this.#target;
    const headers = this.#headers;
    headers.set('Nats-Msg-Id', `${this.#prefix}${this.next}`);
    headers.set('Nats-Expected-Last-Sequence', String(this.#lastSequence));
    if (this.#lost > 0) headers.set(LOST_HEADER, String(this.#lost));
    if (this.inFlight === 0) this.#heardAt = performance.now();
    const reply = `${this.#replyPrefix}${this.next}`;
    this.#connection.publish(subject(record), record, this.next, { headers, reply });
    if (this.#lost > 0) headers.delete(LOST_HEADER);
    this.#lost = 0;
    this.#lastSequence++;
    const { length } = record;
    this.#flight.push({ sequence: this.next, streamSequence: this.#lastSequence, length });
    this.#bytes += length;
    this.next++;
  }

  skip(sequence: number): void {
    this.#lost += sequence - this.next;
    this.next = this.confirmed = sequence;
    this.save();
  }

  save(): void {
    this.#cursor.save({
      position: this.#confirmedSequence,
      sequence: this.confirmed,
      userValue: this.#stream,
    });
  }

  check(now: number): void {
    if (this.#fault !== null) throw this.#fault;
    this.#connection.check();
    if (this.inFlight > 0 && now - this.#heardAt > this.#target.limits.timeoutMs) {
      throw new TransientFault(`no acknowledgement for ${this.#target.limits.timeoutMs} ms`);
    }
  }

  #onReply(error: Error | null, message: Msg): void {
    if (this.#fault !== null) return;
    if (error !== null) {
      this.#fault = classify(error);
    } else if (message.data.length === 0 && message.headers?.code === NO_RESPONDERS) {
      this.#fault = new TransientFault(`the stream '${this.#target.stream}' does not answer`);
    } else {
      const sequence = Number(message.subject.slice(this.#replyPrefix.length));
      this.#onAnswer(sequence, JSON.parse(this.#decoder.decode(message.data)) as Answer);
    }
  }

  #onAnswer(sequence: number, { error, seq, stream }: Answer): void {
    const first = this.#flight[this.#head]?.sequence ?? sequence;
    const message = sequence < first ? undefined : this.#flight[this.#head + sequence - first];
    // The answer to a message that a later one has confirmed.
    if (message === undefined) return;
    if (error !== undefined) {
      this.#fault = this.#refusal(error, message);
    } else if (seq !== message.streamSequence || stream !== this.#target.stream) {
      this.#fault = new TransientFault(
        `the stream '${stream}' acknowledged message ${seq}, not ${message.streamSequence}`,
      );
    } else {
      // The stream took this message only because it held every earlier one.
      for (let n = first; n <= sequence; n++) this.#bytes -= this.#flight[this.#head++]?.length ?? 0;
      if (this.#head >= COMPACT_AFTER) this.#head -= this.#flight.splice(0, this.#head).length;
      this.confirmed = sequence + 1;
      this.#confirmedSequence = seq;
      this.#heardAt = performance.now();
    }
  }

  #refusal({ err_code: code, description }: ApiFailure, { sequence, length }: InFlight) {
    const { stream } = this.#target;
    if (code === ApiError.MessageTooLarge)
      return recordTooLong(sequence, length, 0, `max_msg_size of the stream '${stream}'`);
    if (code === ApiError.WrongStream) {
      return new RingwireError('INVALID_ARGUMENT', `the subject belongs to another stream than '${stream}'`);
    }
    if (code === ApiError.StoreFailed)
      return new TransientFault(`the stream '${stream}' is full: ${description}`);
    return new TransientFault(`the stream '${stream}' refused record ${sequence}: ${description}`);
  }
}

interface ApiFailure {
  readonly err_code: number;
  readonly description: string;
}

interface Answer {
  readonly error?: ApiFailure;
  readonly stream?: string;
  readonly seq?: number;
}
