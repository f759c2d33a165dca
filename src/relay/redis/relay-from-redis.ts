/** Incoming: a Redis stream into a channel. */
import { type ConnectionState, connectEnd, runEngine } from '../engine.js';
import type { DestinationOptions } from '../open-destination.js';
import { RelayDestination } from '../relay-destination.js';
import { type RunningRelay, startRelay } from '../running-relay.js';
import { loadRedis, RedisConnection, serverUrl } from './redis-connection.js';
import { classify } from './redis-faults.js';
import { type RedisReceiveCounters, RedisReceiver } from './redis-receiver.js';
import type { RedisServer } from './redis-server.js';
import { streamState } from './redis-stream.js';

/** Options of `relayFromRedis`. */
export interface RedisReceiveOptions extends RedisServer {
  /** Key of a stream that `relayToRedis` fills. */
  readonly stream: string;
  /** The channel to resume, or to create when it does not exist. One receiver at a time writes to it. */
  readonly destination: DestinationOptions;
  /**
   * Where a new destination begins: `all` records that the stream holds, only `new` ones, or the record with this number of
   * its channel. Default `all`. A destination that holds records continues after the last one. `new` means the time of this
   * call, also in a process that starts again before the first record.
   */
  readonly start?: 'all' | 'new' | { readonly sequence: number };
  /** End when no record waits in the stream. Default false: the relay runs until the signal aborts. */
  readonly untilCaughtUp?: boolean;
  /** Called about ten times a second. */
  readonly onProgress?: (progress: RedisReceiveProgress) => void;
}

/** What an incoming relay from Redis has done so far. */
export interface RedisReceiveProgress {
  /** Records that were put into the destination, by this process. */
  readonly received: number;
  /** Records between two received ones that the stream does not hold: trimmed, or lost at the source. */
  readonly lost: number;
  /** Records that wait in the stream. */
  readonly lag: number;
  /** Connections after the first. */
  readonly reconnects: number;
  /** Why the relay is waiting at this moment, or null. */
  readonly fault: string | null;
}

/**
 * Takes the records of a Redis stream into a channel, each exactly once and in order, until the signal aborts or, with
 * `untilCaughtUp`, no record waits. A restarted relay continues after the last record of the destination. A stream that does
 * not exist yet is awaited.
 * @throws RingwireError as creating and resuming a channel does: `WRITER_EXISTS` while another receiver has the destination;
 * `ENGINE_UNAVAILABLE` without the client of Redis, `ACCESS_DENIED`, `INVALID_POSITION` when the stream was deleted or has
 * another publisher, `INVALID_ARGUMENT` when the destination holds the records of another channel, `CHANNEL_FULL`,
 * `MAX_RECORD_LENGTH_EXCEEDED`, `CLOSED`
 */
export function relayFromRedis(options: RedisReceiveOptions): RunningRelay<RedisReceiveProgress> {
  const initial: RedisReceiveProgress = { received: 0, lost: 0, lag: 0, reconnects: 0, fault: null };
  return startRelay(initial, options.onProgress, (report) => receive(options, report));
}

async function receive(
  options: RedisReceiveOptions,
  report: (progress: RedisReceiveProgress) => void,
): Promise<RedisReceiveProgress> {
  if (options.server !== undefined) serverUrl(options.server);
  using destination = RelayDestination.open(options.destination);
  destination.requireOpen();
  await loadRedis();
  const { stream, start = 'all', untilCaughtUp = false } = options;
  const counters: RedisReceiveCounters = { received: 0, lost: 0, lag: 0 };
  /** Number of records before the first one of a new destination, once it is known. */
  let firstNew: number | null = null;
  const makeEnd = async (connection: RedisConnection) => {
    if (start === 'new') firstNew ??= (await streamState(connection, stream)).taken;
    const first = typeof start === 'object' ? start.sequence : (firstNew ?? 0);
    const taken = destination.source === 0 ? first : destination.next;
    return new RedisReceiver(destination, connection, counters, stream, taken, untilCaughtUp);
  };
  const connect = async () => connectEnd(await RedisConnection.open(options), makeEnd, classify);
  const progress = (state: ConnectionState): RedisReceiveProgress => ({ ...counters, ...state });
  return progress(await runEngine(connect, options.signal, (state) => report(progress(state))));
}
