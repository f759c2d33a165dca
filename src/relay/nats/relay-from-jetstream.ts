/** Incoming: a stream of JetStream into a channel. */
import { createHash } from 'node:crypto';
import os from 'node:os';
import type { ConsumerConfig, JetStreamManager, StreamInfo } from '@nats-io/jetstream';
import { RingwireError } from '../../platform/index.js';
import { type ConnectionState, connectEnd, runEngine } from '../engine.js';
import type { DestinationOptions } from '../open-destination.js';
import { RelayDestination } from '../relay-destination.js';
import { requireCount } from '../require-count.js';
import { type RunningRelay, startRelay } from '../running-relay.js';
import { JetStreamReceiver, type ReceiveCounters, type TakingOptions } from './jetstream-receiver.js';
import { loadJetStream } from './load-nats.js';
import { RelayConnection } from './nats-connection.js';
import { ApiError, apiErrorCode, classify } from './nats-faults.js';
import type { NatsServers } from './nats-servers.js';
import { StreamLookup, streamIdentity } from './stream-place.js';

const DEFAULT_PREFETCH = 2048;
const NANOS_PER_MILLI = 1e6;
/** After this time without an acknowledgement the server delivers again; the relay drops what it has written. */
const ACK_WAIT_MILLIS = 60_000;
/** A consumer without its relay stays so long. */
const INACTIVE_MILLIS = 30 * 24 * 3_600_000;

/**
 * Where a new destination begins: `all` messages that the stream holds, only `new` ones, or the first message from a
 * stream sequence number or a time on. A destination that holds records continues after the last one.
 */
export type StreamStart = 'all' | 'new' | { readonly sequence: number } | { readonly time: Date };

/** Options of `relayFromJetStream`. */
export interface JetStreamReceiveOptions extends NatsServers {
  /** Name of the stream. */
  readonly stream: string;
  /** Only messages of this subject, which may contain `*` and `>`; default: all of the stream. */
  readonly subject?: string;
  /** The channel to resume, or to create when it does not exist. One receiver at a time writes to it. */
  readonly destination: DestinationOptions;
  /** Where a new destination begins; default `all`. */
  readonly start?: StreamStart;
  /**
   * Acknowledge a record only when it is on disk, so that a power cut at this end loses no acknowledged record. Default
   * false: an acknowledged record survives the death of processes.
   */
  readonly durable?: boolean;
  /** Name of the durable consumer; default: a name that belongs to this destination on this machine. */
  readonly consumer?: string;
  /** Messages that the server may send before they are acknowledged, from 1; default 2048. */
  readonly prefetch?: number;
  /** End when no message waits in the stream. Default false: the relay runs until the signal aborts. */
  readonly untilCaughtUp?: boolean;
  /** Called about ten times a second. */
  readonly onProgress?: (progress: JetStreamReceiveProgress) => void;
}

/** What an incoming relay has done so far. */
export interface JetStreamReceiveProgress {
  /** Records that were put into the destination, by this process. */
  readonly received: number;
  /** Messages that came again and were dropped. */
  readonly duplicates: number;
  /** Records that the source had lost before they could be sent, as the sender reported them. */
  readonly lost: number;
  /** Sequence numbers without a record for this destination: deleted, purged, empty, or of another subject. */
  readonly skipped: number;
  /** Messages that wait in the stream. */
  readonly lag: number;
  /** Connections after the first. */
  readonly reconnects: number;
  /** Why the relay is waiting at this moment, or null. */
  readonly fault: string | null;
}

/**
 * Takes the messages of a stream into a channel, each exactly once and in order, until the signal aborts or, with
 * `untilCaughtUp`, no message waits. A restarted relay continues after the last record of the destination.
 * @throws RingwireError as creating and resuming a channel does: `WRITER_EXISTS` while another receiver has the destination;
 * `ENGINE_UNAVAILABLE` without the client of NATS, `ACCESS_DENIED`, `NOT_FOUND` without the stream, `INVALID_ARGUMENT` when the
 * destination holds the records of another stream, `CHANNEL_FULL`, `MAX_RECORD_LENGTH_EXCEEDED`, `CLOSED`, `FLUSH_FAILED`
 */
export function relayFromJetStream(options: JetStreamReceiveOptions): RunningRelay<JetStreamReceiveProgress> {
  const initial: JetStreamReceiveProgress = {
    received: 0,
    duplicates: 0,
    lost: 0,
    skipped: 0,
    lag: 0,
    reconnects: 0,
    fault: null,
  };
  return startRelay(initial, options.onProgress, (report) => receive(options, report));
}

async function receive(
  options: JetStreamReceiveOptions,
  report: (progress: JetStreamReceiveProgress) => void,
): Promise<JetStreamReceiveProgress> {
  requireCount('prefetch', options.prefetch);
  using destination = RelayDestination.open(options.destination, true);
  destination.requireOpen();
  await loadJetStream();
  // What an earlier relay received may never have been flushed.
  if (options.durable) await destination.flush();
  const receiving = new JetStreamReceiving(options, destination);
  const connect = async () =>
    connectEnd(
      await RelayConnection.open(options),
      (connection) => receiving.makeEnd(connection),
      classify,
      (end) => end.close(),
    );
  const progress = (state: ConnectionState): JetStreamReceiveProgress => ({
    ...receiving.counters,
    ...state,
  });
  const run = runEngine(connect, options.signal, (state) => report(progress(state)));
  // The mapping is in use until the last flush has ended.
  return progress(await run.finally(() => destination.settled()));
}

/** The consumer of a relay, made again for each connection. */
class JetStreamReceiving {
  readonly counters: ReceiveCounters = { received: 0, duplicates: 0, lost: 0, skipped: 0, lag: 0 };
  readonly #options: JetStreamReceiveOptions;
  readonly #destination: RelayDestination;
  readonly #lookup: StreamLookup;

  constructor(options: JetStreamReceiveOptions, destination: RelayDestination) {
    this.#options = options;
    this.#destination = destination;
    this.#lookup = new StreamLookup(options.stream);
  }

  async makeEnd(connection: RelayConnection): Promise<JetStreamReceiver> {
    const {
      stream: name,
      durable = false,
      prefetch = DEFAULT_PREFETCH,
      untilCaughtUp = false,
    } = this.#options;
    const { jetstreamManager } = await loadJetStream();
    const manager = await jetstreamManager(connection.nats);
    const info = await this.#lookup.find(manager);
    const stream = streamIdentity(info);
    this.#refuseOther(stream, name);
    const continues = this.#destination.source === stream;
    const start = continues ? from(this.#destination.next) : startOf(this.#options.start ?? 'all', info);
    if (!continues && start.sequence !== undefined) {
      // A bookmark from the start: `new` keeps its meaning when no message has come before a restart.
      this.#destination.begin(stream, start.sequence);
    }
    const config = this.#consumer(info, start, prefetch);
    const created = await recreate(manager, name, config);
    const taking: TakingOptions = {
      stream,
      prefetch,
      durable,
      acknowledgesAll: config.ack_policy === 'all',
      pending: created.num_pending,
      untilCaughtUp,
    };
    const end = new JetStreamReceiver(this.#destination, connection, this.counters, taking);
    await end.start(manager.jetstream().consumers.getConsumerFromInfo(created));
    return end;
  }

  #refuseOther(stream: number, name: string): void {
    const { path } = this.#destination;
    if (this.#destination.takes(stream)) return;
    throw new RingwireError(
      'INVALID_ARGUMENT',
      `${path} holds the records of another source, or of an earlier stream '${name}' that was deleted: relay into another channel`,
      { path },
    );
  }

  #consumer(info: StreamInfo, start: ConsumerStart, prefetch: number): ConsumerConfig {
    const { subject, consumer } = this.#options;
    const { retention, name } = info.config;
    if (retention === 'interest') {
      throw new RingwireError(
        'NOT_SUPPORTED',
        `the stream '${name}' has the retention 'interest': its messages vanish while this relay connects again; use 'limits' or 'workqueue'`,
      );
    }
    const isQueue = retention === 'workqueue';
    if (isQueue && this.#options.start !== undefined && this.#options.start !== 'all') {
      throw new RingwireError(
        'NOT_SUPPORTED',
        `the stream '${name}' has the retention 'workqueue': it delivers all of its messages, so 'start' must be 'all'`,
      );
    }
    return {
      ...(isQueue
        ? { deliver_policy: 'all', ack_policy: 'explicit' }
        : { ...start.policy, ack_policy: 'all' }),
      durable_name: consumer ?? consumerName(this.#destination.path),
      ack_wait: ACK_WAIT_MILLIS * NANOS_PER_MILLI,
      inactive_threshold: INACTIVE_MILLIS * NANOS_PER_MILLI,
      max_ack_pending: prefetch,
      max_deliver: -1,
      replay_policy: 'instant',
      ...(subject === undefined ? {} : { filter_subject: subject }),
    } as ConsumerConfig;
  }
}

interface ConsumerStart {
  /** First message that may come, where it is known. */
  readonly sequence?: number;
  readonly policy: Pick<ConsumerConfig, 'deliver_policy' | 'opt_start_seq' | 'opt_start_time'>;
}

function startOf(start: StreamStart, { state }: StreamInfo): ConsumerStart {
  if (start === 'all') return from(Math.max(1, state.first_seq));
  if (start === 'new') return from(state.last_seq + 1);
  if ('sequence' in start) return from(Math.max(1, start.sequence));
  return { policy: { deliver_policy: 'by_start_time', opt_start_time: start.time.toISOString() } };
}

function from(sequence: number): ConsumerStart {
  return { sequence, policy: { deliver_policy: 'by_start_sequence', opt_start_seq: sequence } };
}

/**
 * The consumer of this relay, new at each connection: so it delivers in order, beginning where the destination ends. What an
 * earlier one has not acknowledged would come later, out of order.
 */
async function recreate(manager: JetStreamManager, stream: string, config: ConsumerConfig) {
  try {
    await manager.consumers.delete(stream, config.durable_name as string);
  } catch (error) {
    if (apiErrorCode(error) !== ApiError.ConsumerNotFound) throw classify(error);
  }
  return manager.consumers.add(stream, config);
}

function consumerName(path: string): string {
  return `ringwire-${createHash('sha256').update(`${os.hostname()} ${path}`).digest('hex').slice(0, 16)}`;
}
