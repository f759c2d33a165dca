/** A channel into a stream of an engine that keeps records: what all such engines share. */
import { channelPaths, DurableCursor } from '../channel/index.js';
import { type Engine, runEngine } from './engine.js';
import { RelaySource } from './relay-source.js';
import { type RunningRelay, startRelay } from './running-relay.js';
import type { SendCounters } from './sending-end.js';

/** What an outgoing relay to a stream has done so far. */
export interface StreamSendProgress {
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

/** The channel that is sent. */
export interface SentChannel {
  readonly root: string;
  readonly channelId: bigint | number;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: StreamSendProgress) => void) | undefined;
}

/** An engine that sends, and what it counts. */
export interface SendingEngine extends Engine {
  readonly counters: SendCounters;
  readonly connections: number;
  readonly fault: string | null;
}

/** What one kind of engine adds. */
export interface Sending {
  /** Suffix of the file of the cursor, and the name of the reader in a ring or journal. */
  readonly name: string;
  /** Loads the client of the engine. */
  readonly load: () => Promise<unknown>;
  readonly makeEngine: (source: RelaySource, cursor: DurableCursor) => SendingEngine;
}

const NOTHING: StreamSendProgress = {
  sent: 0,
  acknowledged: 0,
  lag: null,
  lost: 0,
  reconnects: 0,
  fault: null,
};

/** Starts a relay of a channel to a stream. `prepare` checks the options; its error is that of the relay. */
export function startSending(channel: SentChannel, prepare: () => Sending): RunningRelay<StreamSendProgress> {
  return startRelay(NOTHING, channel.onProgress, async (report) => send(channel, prepare(), report));
}

async function send(
  { root, channelId, signal }: SentChannel,
  { name, load, makeEngine }: Sending,
  report: (progress: StreamSendProgress) => void,
): Promise<StreamSendProgress> {
  // The source is registered as a reader before the first wait: a ring keeps its records from now on.
  using source = RelaySource.open(root, channelId, name);
  const { file } = channelPaths(root, channelId);
  using cursor = DurableCursor.open(`${file}.${name}`, { creationTime: BigInt(source.identity) });
  await load();
  const engine = makeEngine(source, cursor);
  const progress = (): StreamSendProgress => ({
    ...engine.counters,
    acknowledged: source.confirmed,
    lag: source.lag,
    reconnects: Math.max(0, engine.connections - 1),
    fault: engine.fault,
  });
  await runEngine(engine, signal, () => report(progress()));
  return progress();
}
