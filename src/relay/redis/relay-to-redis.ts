/** Outgoing: a channel into a Redis stream. */
import type { DurableCursor } from '../../channel/index.js';
import { RingwireError } from '../../platform/index.js';
import { cursorName, type RelaySource } from '../relay-source.js';
import { requireCount } from '../require-count.js';
import type { RunningRelay } from '../running-relay.js';
import { type StreamSendProgress, startSending } from '../stream-sending.js';
import { loadRedis, RedisConnection, serverUrl } from './redis-connection.js';
import { classify } from './redis-faults.js';
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
      open: () => RedisConnection.open(options),
      openSink: (connection, source, cursor) => openSink(options, connection, source, cursor),
      classify,
    };
  });
}

function refuseInvalid({ server, stream, maxRecords }: RedisSendOptions): void {
  if (stream === '') throw new RingwireError('INVALID_ARGUMENT', 'the name of the stream is empty');
  requireCount('maxRecords', maxRecords);
  if (server !== undefined) serverUrl(server);
}

/** @throws RingwireError `INVALID_POSITION` */
async function openSink(
  { stream: key, maxRecords }: RedisSendOptions,
  connection: RedisConnection,
  { identity: source }: RelaySource,
  cursor: DurableCursor,
): Promise<RedisSink> {
  const { saved, path } = cursor;
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
  return new RedisSink(connection, target, cursor, next, state.taken);
}
