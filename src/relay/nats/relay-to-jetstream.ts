/** Outgoing: a channel into a stream of JetStream. */
import { createHash } from 'node:crypto';
import type { StreamConfig } from '@nats-io/jetstream';
import { channelPaths, channelStatus, DurableCursor } from '../../channel/index.js';
import { RingwireError } from '../../platform/index.js';
import { type Engine, type EngineConnection, runEngine } from '../engine.js';
import { RelaySource } from '../relay-source.js';
import { Outbox, type SendCounters, SendingEnd } from '../sending-end.js';
import { TransientFault } from '../transient-fault.js';
import { JetStreamSink, type SinkTarget } from './jetstream-sink.js';
import { loadJetStream } from './load-nats.js';
import { connectEnd, type RelayConnection } from './nats-connection.js';
import type { NatsServers } from './nats-servers.js';
import { resumePlace } from './resume-stream.js';
import type { StreamCreation } from './stream-creation.js';
import { lastMessageId, StreamLookup, takesSubject } from './stream-place.js';

const DEFAULT_RECORDS = 4096;
const DEFAULT_BYTES = 8 * 2 ** 20;
const DEFAULT_TIMEOUT_MILLIS = 10_000;
const LONGEST_STREAM_NAME = 255;
const LONGEST_KEY = 40;

/** Options of `relayToJetStream`. */
export interface JetStreamSendOptions extends NatsServers {
  /** Folder below which the channel lies. */
  readonly root: string;
  /** The channel: a log, a ring or a journal. */
  readonly channelId: bigint | number;
  /** Name of the stream. It takes the records of this channel alone. */
  readonly stream: string;
  /** Subject of the records, or a function that returns the subject of a record; it must not keep the bytes. */
  readonly subject: string | ((record: Uint8Array) => string);
  /** Create the stream when it does not exist; with a function as `subject`, `subjects` names what it takes. */
  readonly create?: StreamCreation & { readonly subjects?: readonly string[] };
  /** Records that are sent and not acknowledged, from 1; default 4096. */
  readonly maxInFlight?: number;
  /** Bytes that are sent and not acknowledged, from 1; one record more may be; default 8 MiB. */
  readonly maxInFlightBytes?: number;
  /** Milliseconds without an acknowledgement until the relay connects again; default 10 000. */
  readonly ackTimeoutMs?: number;
  /** Called about ten times a second. */
  readonly onProgress?: (progress: JetStreamSendProgress) => void;
}

/** What an outgoing relay has done so far. */
export interface JetStreamSendProgress {
  /** Records sent by this process, repetitions included. */
  readonly sent: number;
  /** Number of the first record that the stream has not acknowledged: every earlier one is in the stream, or lost. */
  readonly acknowledged: number;
  /** Records of the channel that are not acknowledged; null where the channel does not know its length. */
  readonly lag: number | null;
  /** Records that the ring has overwritten, or retention has deleted, before they could be sent. */
  readonly lost: number;
  /** Connections after the first. */
  readonly reconnects: number;
  /** Why the relay is waiting at this moment, or null. */
  readonly fault: string | null;
}

/**
 * Sends the records of a channel to a stream of JetStream, each exactly once and in order, until the channel is closed
 * and all of it is acknowledged, or the signal aborts. A restarted relay continues where the stream ends. While no server
 * answers, or the stream is full, the relay keeps trying and reports `fault`.
 * @throws RingwireError as opening a channel does; `ENGINE_UNAVAILABLE` without the client of NATS, `ACCESS_DENIED`,
 * `NOT_FOUND` without the stream, `MAX_RECORD_LENGTH_EXCEEDED` for a record that server or stream do not take, `INVALID_POSITION`
 * when the stream was created again or has another publisher, `CURSOR_IN_USE` while another relay sends this channel
 * to this stream, `INVALID_ARGUMENT`
 */
export async function relayToJetStream(options: JetStreamSendOptions): Promise<JetStreamSendProgress> {
  refuseInvalid(options);
  const name = cursorName(options.stream);
  using source = RelaySource.open(options.root, options.channelId, name);
  const { file } = channelPaths(options.root, options.channelId);
  // The source is registered as a reader before the first wait: a ring keeps its records from now on.
  using cursor = DurableCursor.open(`${file}.${name}`, { creationTime: BigInt(source.identity) });
  await loadJetStream();
  const engine = new JetStreamSending(options, source, cursor);
  const progress = (): JetStreamSendProgress => ({
    ...engine.counters,
    acknowledged: source.confirmed,
    lag: lagOf(options, source.confirmed),
    reconnects: Math.max(0, engine.connections - 1),
    fault: engine.fault,
  });
  await runEngine(engine, options.signal, () => options.onProgress?.(progress()));
  return progress();
}

class JetStreamSending implements Engine {
  readonly counters: SendCounters = { sent: 0, lost: 0 };
  connections = 0;
  #fault: { readonly message: string; readonly acknowledged: number } | null = null;
  #sink: JetStreamSink | null = null;
  readonly #options: JetStreamSendOptions;
  readonly #source: RelaySource;
  readonly #outbox: Outbox;
  readonly #cursor: DurableCursor;
  readonly #lookup: StreamLookup;

  constructor(options: JetStreamSendOptions, source: RelaySource, cursor: DurableCursor) {
    this.#options = options;
    this.#source = source;
    this.#outbox = new Outbox(source);
    this.#cursor = cursor;
    this.#lookup = new StreamLookup(options.stream);
  }

  connect(): Promise<EngineConnection> {
    return connectEnd(this.#options, async (connection) => {
      const sink = await this.#openSink(connection);
      const end = new SendingEnd(this.#source, this.#outbox, sink, this.counters);
      this.connections++;
      this.#sink = sink;
      return end;
    });
  }

  isTransient(error: unknown): boolean {
    return error instanceof TransientFault;
  }

  onFault(error: unknown): void {
    this.#sink = null;
    this.#fault = { message: (error as Error).message, acknowledged: this.#source.confirmed };
  }

  /** The last fault, until a record is acknowledged, or a connection has nothing to send. */
  get fault(): string | null {
    if (this.#fault === null) return null;
    const { acknowledged } = this.#fault;
    const isIdle = this.#sink !== null && this.#sink.inFlight === 0 && this.#sink.next >= this.#source.next;
    if (isIdle || this.#source.confirmed > acknowledged) this.#fault = null;
    return this.#fault?.message ?? null;
  }

  async #openSink(connection: RelayConnection): Promise<JetStreamSink> {
    const { stream, subject } = this.#options;
    const { jetstreamManager } = await loadJetStream();
    const manager = await jetstreamManager(connection.nats);
    const info = await this.#lookup.find(manager, streamConfiguration(this.#options));
    const { subjects } = info.config;
    if (typeof subject === 'string' && !takesSubject(subjects, subject)) {
      throw new RingwireError(
        'INVALID_ARGUMENT',
        `the stream '${stream}' does not take the subject '${subject}': it takes ${subjects.join(', ') || 'none'}`,
      );
    }
    const last = info.state.last_seq;
    const lastId = last === 0 ? undefined : await lastMessageId(manager, stream, last);
    const { identity } = this.#source;
    const place = resumePlace(info, lastId, identity, this.#cursor.saved, this.#cursor.path);
    return JetStreamSink.open(connection, targetOf(this.#options, identity), place, this.#cursor);
  }
}

function targetOf(options: JetStreamSendOptions, source: number): SinkTarget {
  const { stream, subject, maxInFlight, maxInFlightBytes, ackTimeoutMs } = options;
  const limits = {
    records: maxInFlight ?? DEFAULT_RECORDS,
    bytes: maxInFlightBytes ?? DEFAULT_BYTES,
    timeoutMs: ackTimeoutMs ?? DEFAULT_TIMEOUT_MILLIS,
  };
  return { stream, subject, source, limits };
}

function streamConfiguration({ create, subject }: JetStreamSendOptions): Partial<StreamConfig> | undefined {
  if (create === undefined) return undefined;
  const { replicas = 1, maxBytes, discardNew, duplicateWindowMs } = create;
  const subjects = create.subjects ?? (typeof subject === 'string' ? [subject] : []);
  return {
    subjects: [...subjects],
    num_replicas: replicas,
    ...(maxBytes === undefined ? {} : { max_bytes: maxBytes }),
    ...(discardNew ? { discard: 'new' } : {}),
    ...(duplicateWindowMs === undefined ? {} : { duplicate_window: duplicateWindowMs * 1e6 }),
  };
}

/** A name for the place of this channel in a stream, as text that a cursor takes. */
function cursorName(stream: string): string {
  const key = /^[A-Za-z0-9_-]+$/.test(stream) && stream.length <= LONGEST_KEY ? stream : null;
  return `nats-${key ?? createHash('sha256').update(stream).digest('hex').slice(0, 16)}`;
}

function lagOf({ root, channelId }: JetStreamSendOptions, acknowledged: number): number | null {
  const { sequence } = channelStatus(root, channelId);
  return sequence === null ? null : Math.max(0, sequence - acknowledged);
}

function refuseInvalid({ stream, subject, create, ...numbers }: JetStreamSendOptions): void {
  if (stream === '' || stream.length > LONGEST_STREAM_NAME || /[\s.*>/\\]/.test(stream)) {
    throw invalid(`'${stream}' is not the name of a stream: use letters, digits, - and _`);
  }
  if (typeof subject === 'string' && !/^[^\s.*>]+(?:\.[^\s.*>]+)*$/.test(subject)) {
    throw invalid(
      `'${subject}' is not a subject to publish to: use tokens with dots between, without * and >`,
    );
  }
  if (create !== undefined && typeof subject !== 'string' && create.subjects === undefined) {
    throw invalid('create needs `subjects` when `subject` is a function');
  }
  for (const name of ['maxInFlight', 'maxInFlightBytes', 'ackTimeoutMs'] as const) {
    const value = numbers[name];
    if (value !== undefined && !(Number.isSafeInteger(value) && value >= 1)) {
      throw invalid(`${name} must be a whole number from 1, not ${value}`);
    }
  }
}

function invalid(message: string): RingwireError {
  return new RingwireError('INVALID_ARGUMENT', message);
}
