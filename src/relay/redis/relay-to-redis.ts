/** Outgoing: a channel into a Redis stream. */
import type { DurableCursor } from '../../channel/index.js';
import { RingwireError } from '../../platform/index.js';
import type { EngineConnection } from '../engine.js';
import { cursorName, type RelaySource } from '../relay-source.js';
import type { RunningRelay } from '../running-relay.js';
import { Outbox, type SendCounters, SendingEnd } from '../sending-end.js';
import { type SendingEngine, type StreamSendProgress, startSending } from '../stream-sending.js';
import { TransientFault } from '../transient-fault.js';
import { connectEnd, loadRedis, type RedisConnection, serverUrl } from './redis-connection.js';
import type { RedisServer } from './redis-server.js';
import { RedisSink, type RedisSinkTarget } from './redis-sink.js';
import { foreign, streamState } from './redis-stream.js';

/** Options of `relayToRedis`. */
export interface RedisSendOptions extends RedisServer {
  /** Folder below which the channel lies. */
  readonly root: string;
  /** The channel: a log, a ring or a journal. */
  readonly channelId: bigint | number;
  /** Key of the stream. It takes the records of this channel alone. */
  readonly stream: string;
  /** Records that the stream keeps, about, from 1; older ones are trimmed. Default: all. */
  readonly maxRecords?: number;
  /** Called about ten times a second. */
  readonly onProgress?: (progress: StreamSendProgress) => void;
}

/**
 * Sends the records of a channel to a Redis stream, each exactly once and in order, until the channel is closed and all of it
 * is acknowledged, or the signal aborts. A restarted relay continues where the stream ends. While no server answers, or its
 * memory is full, the relay keeps trying and reports `fault`.
 * @throws RingwireError as opening a channel does; `ENGINE_UNAVAILABLE` without the client of Redis, `ACCESS_DENIED`,
 * `INVALID_POSITION` when the stream was deleted or has another publisher, `CURSOR_IN_USE` while another relay sends this
 * channel to this stream, `INVALID_ARGUMENT`
 */
export function relayToRedis(options: RedisSendOptions): RunningRelay<StreamSendProgress> {
  return startSending(options, () => {
    refuseInvalid(options);
    return {
      name: cursorName('redis', options.stream),
      load: loadRedis,
      makeEngine: (source, cursor) => new RedisSending(options, source, cursor),
    };
  });
}

function refuseInvalid({ server, stream, maxRecords = 1 }: RedisSendOptions): void {
  if (stream === '') throw new RingwireError('INVALID_ARGUMENT', 'the name of the stream is empty');
  if (!(Number.isSafeInteger(maxRecords) && maxRecords >= 1))
    throw new RingwireError(
      'INVALID_ARGUMENT',
      `maxRecords must be a whole number from 1, not ${maxRecords}`,
    );
  if (server !== undefined) serverUrl(server);
}

class RedisSending implements SendingEngine {
  readonly counters: SendCounters = { sent: 0, lost: 0 };
  connections = 0;
  /** The last fault, and the number of the first record that was not acknowledged then. */
  #fault: { readonly message: string; readonly acknowledged: number } | null = null;
  readonly #options: RedisSendOptions;
  readonly #source: RelaySource;
  readonly #outbox: Outbox;
  readonly #cursor: DurableCursor;

  constructor(options: RedisSendOptions, source: RelaySource, cursor: DurableCursor) {
    this.#options = options;
    this.#source = source;
    this.#outbox = new Outbox(source);
    this.#cursor = cursor;
  }

  connect(): Promise<EngineConnection> {
    return connectEnd(this.#options, async (connection) => {
      const end = new SendingEnd(this.#source, this.#outbox, await this.#openSink(connection), this.counters);
      this.connections++;
      if (this.#source.confirmed >= this.#source.next) this.#fault = null;
      return end;
    });
  }

  isTransient(error: unknown): boolean {
    return error instanceof TransientFault;
  }

  onFault(error: unknown): void {
    this.#fault = { message: (error as Error).message, acknowledged: this.#source.confirmed };
  }

  /** The last fault, until a record is acknowledged, or a connection has nothing to send. */
  get fault(): string | null {
    if (this.#fault !== null && this.#source.confirmed > this.#fault.acknowledged) this.#fault = null;
    return this.#fault?.message ?? null;
  }

  /** @throws RingwireError `INVALID_POSITION` */
  async #openSink(connection: RedisConnection): Promise<RedisSink> {
    const { stream: key, maxRecords } = this.#options;
    const { identity: source } = this.#source;
    const { saved, path } = this.#cursor;
    const state = await streamState(connection, key);
    if (saved !== null && state.taken < saved.position) {
      throw new RingwireError(
        'INVALID_POSITION',
        `the stream '${key}' has taken ${state.taken} records, fewer than the ${saved.position} that it acknowledged: it was deleted, or restored from an older copy; remove ${path} to send all that the channel still holds`,
        { path },
      );
    }
    const isKnown = state.taken === 0 || state.source === source;
    if (!isKnown && (state.source !== null || saved?.position !== state.taken)) throw foreign(key);
    // Records after the last one of the stream may be lost: then the saved place is later.
    const next = saved?.position === state.taken ? Math.max(saved.sequence, state.taken) : state.taken;
    const target: RedisSinkTarget = { key, source, maxRecords };
    return new RedisSink(connection, target, this.#cursor, next, state.taken);
  }
}
