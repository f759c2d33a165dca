/** A channel into a stream of an engine that keeps records: what all such engines share. */
import { channelPaths, DurableCursor } from '../channel/index.js';
import {
  type ClientConnection,
  type ConnectionState,
  connectEnd,
  type RelaySink,
  runEngine,
} from './engine.js';
import { RelaySource } from './relay-source.js';
import { type RunningRelay, startRelay } from './running-relay.js';
import { Outbox, type SendCounters, SendingEnd } from './sending-end.js';

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

/** What one kind of engine adds. `C`: its connections. */
export interface Sending<C extends ClientConnection> {
  /** Suffix of the file of the cursor, and the name of the reader in a ring or journal. */
  readonly name: string;
  /** Loads the client of the engine. */
  readonly load: () => Promise<unknown>;
  /** Opens a connection. @throws RingwireError or TransientFault */
  readonly open: () => Promise<C>;
  /** Finds the place of the source in the stream. @throws RingwireError, or an error that `classify` knows */
  readonly openSink: (connection: C, source: RelaySource, cursor: DurableCursor) => Promise<RelaySink>;
  readonly classify: (error: unknown) => Error;
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
export function startSending<C extends ClientConnection>(
  channel: SentChannel,
  prepare: () => Sending<C>,
): RunningRelay<StreamSendProgress> {
  return startRelay(NOTHING, channel.onProgress, async (report) => send(channel, prepare(), report));
}

async function send<C extends ClientConnection>(
  { root, channelId, signal }: SentChannel,
  { name, load, open, openSink, classify }: Sending<C>,
  report: (progress: StreamSendProgress) => void,
): Promise<StreamSendProgress> {
  // The source is registered as a reader before the first wait: a ring keeps its records from now on.
  using source = RelaySource.open(root, channelId, name);
  const { file } = channelPaths(root, channelId);
  using cursor = DurableCursor.open(`${file}.${name}`, { creationTime: BigInt(source.identity) });
  await load();
  const counters: SendCounters = { sent: 0, lost: 0 };
  const outbox = new Outbox(source);
  const faults = new SendingFaults(source);
  const makeEnd = async (connection: C) => {
    const sink = await openSink(connection, source, cursor);
    const end = new SendingEnd(source, outbox, sink, counters);
    faults.connected(sink);
    return end;
  };
  const progress = ({ reconnects }: ConnectionState): StreamSendProgress => ({
    ...counters,
    acknowledged: source.confirmed,
    lag: source.lag,
    reconnects,
    fault: faults.current,
  });
  const connect = async () => connectEnd(await open(), makeEnd, classify);
  const onFault = (message: string) => faults.add(message);
  return progress(await runEngine(connect, signal, (state) => report(progress(state)), onFault));
}

/** The last fault, until a record is acknowledged, or a connection has nothing to send. */
class SendingFaults {
  readonly #source: RelaySource;
  #sink: RelaySink | null = null;
  /** The text, and the number of the first record that was not acknowledged then. */
  #last: { readonly message: string; readonly acknowledged: number } | null = null;

  constructor(source: RelaySource) {
    this.#source = source;
  }

  connected(sink: RelaySink): void {
    this.#sink = sink;
  }

  add(message: string): void {
    this.#sink = null;
    this.#last = { message, acknowledged: this.#source.confirmed };
  }

  get current(): string | null {
    if (this.#last === null) return null;
    const isIdle = this.#sink !== null && this.#sink.confirmed >= this.#source.next;
    if (isIdle || this.#source.confirmed > this.#last.acknowledged) this.#last = null;
    return this.#last?.message ?? null;
  }
}
