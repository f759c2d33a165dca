/** Outgoing: a channel into a stream of JetStream. */
import type { StreamConfig, StreamInfo } from '@nats-io/jetstream';
import type { DurableCursor } from '../../channel/index.js';
import { RingwireError } from '../../platform/index.js';
import { cursorName, type RelaySource } from '../relay-source.js';
import { requireCount } from '../require-count.js';
import type { RunningRelay } from '../running-relay.js';
import { type StreamSendProgress, startSending } from '../stream-sending.js';
import { type FlightLimits, JetStreamSink } from './jetstream-sink.js';
import { loadJetStream } from './load-nats.js';
import { RelayConnection } from './nats-connection.js';
import { classify } from './nats-faults.js';
import type { NatsServers } from './nats-servers.js';
import { resumePlace } from './resume-stream.js';
import type { StreamCreation } from './stream-creation.js';
import { lastMessageId, StreamLookup, takesSubject } from './stream-place.js';
import { type RecordSubject, subjectOf, subjectPattern } from './subject.js';

const DEFAULT_RECORDS = 4096;
const DEFAULT_BYTES = 8 * 2 ** 20;
const DEFAULT_TIMEOUT_MILLIS = 10_000;
const LONGEST_STREAM_NAME = 255;

/** Options of `relayToJetStream`. */
export interface JetStreamSendOptions extends NatsServers, RecordSubject {
  /** Folder below which the channel lies. */
  readonly root: string;
  /** The channel: a log, a ring or a journal. */
  readonly channelId: bigint | number;
  /** Name of the stream. It takes the records of this channel alone. */
  readonly stream: string;
  /**
   * Create the stream when it does not exist. `subjects`: what it takes; default: those of `subject`, `quotes.*` for
   * `quotes.{symbol}`. A function as `subject` needs it.
   */
  readonly create?: StreamCreation & { readonly subjects?: readonly string[] };
  /** Records that are sent and not acknowledged, from 1; default 4096. */
  readonly maxInFlight?: number;
  /** Bytes that are sent and not acknowledged, from 1; one record more may be; default 8 MiB. */
  readonly maxInFlightBytes?: number;
  /** Milliseconds without an acknowledgement until the relay connects again; default 10 000. */
  readonly ackTimeoutMs?: number;
  /** Called about ten times a second. */
  readonly onProgress?: (progress: StreamSendProgress) => void;
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
export function relayToJetStream(options: JetStreamSendOptions): RunningRelay<StreamSendProgress> {
  return startSending(options, () => {
    refuseInvalid(options);
    const target = new JetStreamTarget(options);
    return {
      name: cursorName('nats', options.stream),
      load: loadJetStream,
      open: () => RelayConnection.open(options),
      openSink: (connection, source, cursor) => target.openSink(connection, source, cursor),
      classify,
    };
  });
}

/** The stream of a relay, over all connections. */
class JetStreamTarget {
  readonly #options: JetStreamSendOptions;
  readonly #subject: (record: Uint8Array) => string;
  readonly #lookup: StreamLookup;

  /** @throws RingwireError `INVALID_ARGUMENT` */
  constructor(options: JetStreamSendOptions) {
    this.#options = options;
    this.#subject = subjectOf(options);
    this.#lookup = new StreamLookup(options.stream);
  }

  async openSink(
    connection: RelayConnection,
    { identity }: RelaySource,
    cursor: DurableCursor,
  ): Promise<JetStreamSink> {
    const { stream, subject } = this.#options;
    const { jetstreamManager } = await loadJetStream();
    const manager = await jetstreamManager(connection.nats);
    const info = await this.#lookup.find(manager, streamConfiguration(this.#options));
    if (typeof subject === 'string') refuseForeign(info, subjectPattern(subject));
    const last = info.state.last_seq;
    const lastId = last === 0 ? undefined : await lastMessageId(manager, stream, last);
    const place = resumePlace(info, lastId, identity, cursor.saved, cursor.path);
    const target = {
      stream,
      source: identity,
      subject: this.#subjectFor(info),
      limits: limitsOf(this.#options),
    };
    return JetStreamSink.open(connection, target, place, cursor);
  }

  /** Each result of a function is checked: the server answers nothing to a subject that no stream takes. */
  #subjectFor(info: StreamInfo): (record: Uint8Array) => string {
    if (typeof this.#options.subject === 'string') return this.#subject;
    return (record) => {
      const subject = this.#subject(record);
      refuseForeign(info, subject);
      return subject;
    };
  }
}

function refuseForeign({ config: { name, subjects } }: StreamInfo, subject: string): void {
  if (takesSubject(subjects, subject)) return;
  throw invalid(
    `the stream '${name}' does not take the subject '${subject}': it takes ${subjects.join(', ') || 'none'}`,
  );
}

function limitsOf({ maxInFlight, maxInFlightBytes, ackTimeoutMs }: JetStreamSendOptions): FlightLimits {
  return {
    records: maxInFlight ?? DEFAULT_RECORDS,
    bytes: maxInFlightBytes ?? DEFAULT_BYTES,
    timeoutMs: ackTimeoutMs ?? DEFAULT_TIMEOUT_MILLIS,
  };
}

function streamConfiguration({ create, subject }: JetStreamSendOptions): Partial<StreamConfig> | undefined {
  if (create === undefined) return undefined;
  const { replicas = 1, maxBytes, discardNew, duplicateWindowMs } = create;
  const subjects = create.subjects ?? (typeof subject === 'string' ? [subjectPattern(subject)] : []);
  return {
    subjects: [...subjects],
    num_replicas: replicas,
    ...(maxBytes === undefined ? {} : { max_bytes: maxBytes }),
    ...(discardNew ? { discard: 'new' } : {}),
    ...(duplicateWindowMs === undefined ? {} : { duplicate_window: duplicateWindowMs * 1e6 }),
  };
}

function refuseInvalid({ stream, subject, create, ...numbers }: JetStreamSendOptions): void {
  if (stream === '' || stream.length > LONGEST_STREAM_NAME || /[\s.*>/\\]/.test(stream)) {
    throw invalid(`'${stream}' is not the name of a stream: use letters, digits, - and _`);
  }
  if (create !== undefined && typeof subject !== 'string' && create.subjects === undefined) {
    throw invalid('create needs `subjects` when `subject` is a function');
  }
  for (const name of ['maxInFlight', 'maxInFlightBytes', 'ackTimeoutMs'] as const) {
    requireCount(name, numbers[name]);
  }
}

function invalid(message: string): RingwireError {
  return new RingwireError('INVALID_ARGUMENT', message);
}
