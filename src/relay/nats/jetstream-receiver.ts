/**
 * The incoming end for a stream of JetStream: takes messages of a durable consumer into the destination.
 *
 * INV-RELAY-06: a message is acknowledged only after its record is in the destination, and on disk if the relay is durable.
 * The bookmark of the destination, not the consumer, says where the relay continues: record d + i of the destination is
 * message s + i of the stream, for the newest pair (d, s) of the bookmark.
 */
import type { Consumer, ConsumerMessages, JsMsg } from '@nats-io/jetstream';
import type { RelayEnd } from '../engine.js';
import type { RelayDestination } from '../relay-destination.js';
import { TransientFault } from '../transient-fault.js';
import { LOST_HEADER } from './jetstream-sink.js';
import type { RelayConnection } from './nats-connection.js';

const BATCH = 256;
const NEVER = Number.POSITIVE_INFINITY;
/** Milliseconds without a message, while some wait, until the receiver asks the server for their number. */
const QUIET_MILLIS = 1000;

/** What an incoming end has done. It is shared by the ends of one relay, one after the other. */
export interface ReceiveCounters {
  received: number;
  duplicates: number;
  lost: number;
  skipped: number;
  /** Messages of the stream after the last one that was written, as the server last said it. */
  lag: number;
}

/** How an end takes messages. */
export interface TakingOptions {
  /** Identity of the stream. */
  readonly stream: number;
  /** Messages that the server may send before they are acknowledged. */
  readonly prefetch: number;
  /** Acknowledge only what is on disk. */
  readonly durable: boolean;
  /** Whether an acknowledgement also acknowledges every earlier message. */
  readonly acknowledgesAll: boolean;
  /** Messages that wait for this consumer at its creation. */
  readonly pending: number;
  /** End when no message waits. */
  readonly untilCaughtUp: boolean;
}

/** Notifications after which a consumer delivers nothing any more. */
const ENDINGS: ReadonlySet<string> = new Set([
  'consumer_deleted',
  'consumer_not_found',
  'stream_not_found',
  'heartbeats_missed',
  'no_responders',
]);

export class JetStreamReceiver implements RelayEnd {
  readonly #destination: RelayDestination;
  readonly #connection: RelayConnection;
  readonly #counters: ReceiveCounters;
  readonly #options: TakingOptions;
  readonly #arrived: JsMsg[] = [];
  #head = 0;
  readonly #unacknowledged: JsMsg[] = [];
  #consumer: Consumer | null = null;
  #messages: ConsumerMessages | null = null;
  #takenAt = 0;
  #delivered = 0;
  #fault: TransientFault | null = null;

  constructor(
    destination: RelayDestination,
    connection: RelayConnection,
    counters: ReceiveCounters,
    options: TakingOptions,
  ) {
    this.#destination = destination;
    this.#connection = connection;
    this.#counters = counters;
    this.#options = options;
    counters.lag = options.pending;
  }

  /** Starts to take messages. */
  async start(consumer: Consumer): Promise<void> {
    const messages = await consumer.consume({
      max_messages: this.#options.prefetch,
      callback: (message) => {
        this.#arrived.push(message);
      },
    });
    this.#consumer = consumer;
    this.#messages = messages;
    void this.#watch(messages);
    void messages.closed().then((error) => {
      this.#fault ??= new TransientFault(error instanceof Error ? error.message : 'the consumer has ended');
    });
  }

  get isDone(): boolean {
    return (
      this.#options.untilCaughtUp &&
      this.#counters.lag === 0 &&
      this.#head === this.#arrived.length &&
      this.#unacknowledged.length === 0
    );
  }

  doWork(now: number): number {
    this.#connection.check();
    let taken = 0;
    while (taken < BATCH && this.#head < this.#arrived.length && this.#take()) taken++;
    if (taken > 0) {
      this.#forgetTaken();
      this.#takenAt = now;
    } else if (this.#counters.lag > 0 && now - this.#takenAt > QUIET_MILLIS) {
      this.#takenAt = now;
      void this.#askForLag();
    }
    if (this.#options.durable) this.#destination.startFlush();
    this.#acknowledge();
    if (taken === 0 && this.#head === this.#arrived.length && this.#fault !== null) throw this.#fault;
    return taken;
  }

  /** Stops the consumer. */
  async close(): Promise<void> {
    await this.#messages?.close().catch(() => {});
  }

  async #watch(messages: ConsumerMessages): Promise<void> {
    for await (const { type } of messages.status()) {
      if (ENDINGS.has(type)) this.#fault ??= new TransientFault(`the consumer has ended: ${type}`);
    }
  }

  /** A purge removes messages that wait, without a message that would say so. */
  async #askForLag(): Promise<void> {
    try {
      const info = await this.#consumer?.info();
      // Otherwise messages are on their way, and the last one brings the number.
      if (info?.delivered.consumer_seq === this.#delivered) this.#counters.lag = info.num_pending;
    } catch {
      // The consumer or the connection has ended, which is reported elsewhere.
    }
  }

  /** @returns false when the destination has no space now */
  #take(): boolean {
    const message = this.#arrived[this.#head] as JsMsg;
    const { streamSequence, deliverySequence, pending } = message.info;
    if (deliverySequence !== this.#delivered + 1) {
      throw new TransientFault(`delivery ${this.#delivered + 1} of the consumer is missing`);
    }
    const destination = this.#destination;
    const isRepetition = destination.source === this.#options.stream && streamSequence < destination.next;
    if (isRepetition) this.#counters.duplicates++;
    else if (!this.#write(message, streamSequence)) return false;
    this.#counters.lag = pending;
    this.#delivered = deliverySequence;
    this.#head++;
    this.#unacknowledged.push(message);
    return true;
  }

  #write(message: JsMsg, sequence: number): boolean {
    const destination = this.#destination;
    const { stream, durable } = this.#options;
    const isFirst = destination.source !== stream;
    if (message.data.length === 0) {
      // An empty message has no record: for a channel it would be a heartbeat. The bookmark passes over it.
      destination.begin(stream, sequence + 1, durable || isFirst);
      this.#counters.skipped++;
      return true;
    }
    if (isFirst || sequence > destination.next) {
      const passed = destination.begin(stream, sequence, durable || isFirst);
      if (!isFirst) this.#counters.skipped += passed;
    }
    if (!destination.tryWrite(message.data)) return false;
    this.#counters.received++;
    const lost = message.headers?.get(LOST_HEADER);
    if (lost) this.#counters.lost += Number(lost) || 0;
    return true;
  }

  #forgetTaken(): void {
    if (this.#head < this.#arrived.length && this.#head < BATCH) return;
    this.#arrived.splice(0, this.#head);
    this.#head = 0;
  }

  #acknowledge(): void {
    const { durable, acknowledgesAll } = this.#options;
    const end = durable ? this.#destination.flushed : NEVER;
    let count = 0;
    while ((this.#unacknowledged[count]?.seq ?? NEVER) < end) count++;
    if (count === 0) return;
    const ready = this.#unacknowledged.splice(0, count);
    if (acknowledgesAll) ready.at(-1)?.ack();
    else for (const message of ready) message.ack();
  }
}
