/** Incoming over core NATS: a subject into a channel, while the relay is connected. */
import type { Msg } from '@nats-io/transport-node';
import { WriteResult, type Writer } from '../../channel/index.js';
import { RingwireError } from '../../platform/index.js';
import type { ConnectionState, RelayEnd } from '../engine.js';
import { type DestinationOptions, openDestination } from '../open-destination.js';
import { type RunningRelay, startRelay } from '../running-relay.js';
import { runCore } from './core-engine.js';
import { loadTransport } from './load-nats.js';
import { LostRecords } from './lost-records.js';
import type { RelayConnection } from './nats-connection.js';
import type { NatsServers } from './nats-servers.js';

const BATCH = 256;
/** Messages that wait for the destination; later ones are dropped and counted. */
const LONGEST_QUEUE = 65_536;

/** Options of `subscribeToNats`. */
export interface CoreReceiveOptions extends NatsServers {
  /** Subject of the messages, which may contain `*` and `>`. */
  readonly subject: string;
  /** The channel to resume, or to create when it does not exist. */
  readonly destination: DestinationOptions;
  /** Called about ten times a second. */
  readonly onProgress?: (progress: CoreReceiveProgress) => void;
}

/** What an incoming relay over core NATS has done so far. */
export interface CoreReceiveProgress {
  /** Records that were put into the destination. */
  readonly received: number;
  /**
   * Messages that arrived and were dropped: empty ones, those that came while the destination had no space for long, and
   * those that waited for space when the relay was ended.
   */
  readonly dropped: number;
  /**
   * Records that are missing between two that arrived, by the numbers of `publishToNats` with a fixed subject. Losses of
   * other publishers are unknown.
   */
  readonly lost: number;
  /** Connections after the first. The server sends nothing of what was published between two connections. */
  readonly reconnects: number;
  /** Why the relay is waiting at this moment, or null. */
  readonly fault: string | null;
}

/**
 * Puts the messages of a subject into a channel as they come, until the signal aborts. Messages that are published while
 * the relay is not connected are lost. The server closes the connection of a relay that reads too slowly for a while.
 * @throws RingwireError as creating and resuming a channel does; `ENGINE_UNAVAILABLE`, `ACCESS_DENIED`, `CHANNEL_FULL`,
 * `MAX_RECORD_LENGTH_EXCEEDED`, `CLOSED`
 */
export function subscribeToNats(options: CoreReceiveOptions): RunningRelay<CoreReceiveProgress> {
  const initial: CoreReceiveProgress = { received: 0, dropped: 0, lost: 0, reconnects: 0, fault: null };
  return startRelay(initial, options.onProgress, (report) => subscribe(options, report));
}

async function subscribe(
  options: CoreReceiveOptions,
  report: (progress: CoreReceiveProgress) => void,
): Promise<CoreReceiveProgress> {
  const { writer } = openDestination(options.destination);
  if (writer === null)
    throw new RingwireError('CLOSED', 'the destination is closed: relay into another channel');
  try {
    await loadTransport();
    const inbox = new Inbox(writer);
    const begin = (connection: RelayConnection) => subscribing(connection, options.subject, inbox);
    const progress = (state: ConnectionState) => ({ ...inbox.counters, ...state });
    const state = await runCore(options, begin, (each) => report(progress(each)));
    inbox.finish();
    return progress(state);
  } finally {
    writer.detach();
  }
}

function subscribing(connection: RelayConnection, subject: string, inbox: Inbox): RelayEnd {
  connection.nats.subscribe(subject, {
    callback: (error, message) => {
      if (error === null) inbox.add(message);
    },
  });
  return {
    isDone: false,
    doWork() {
      connection.check();
      return inbox.write();
    },
  };
}

/** The messages that wait for the destination. */
class Inbox {
  readonly counters = { received: 0, dropped: 0, lost: 0 };
  readonly #writer: Writer;
  readonly #queue: Uint8Array[] = [];
  readonly #losses = new LostRecords();

  constructor(writer: Writer) {
    this.#writer = writer;
  }

  add({ data, headers }: Msg): void {
    this.counters.lost += this.#losses.before(headers);
    if (data.length === 0 || this.#queue.length >= LONGEST_QUEUE) this.counters.dropped++;
    else this.#queue.push(data);
  }

  /** @returns number of records that were written to the destination */
  write(): number {
    let taken = 0;
    for (; taken < Math.min(BATCH, this.#queue.length); taken++) {
      const record = this.#queue[taken] as Uint8Array;
      const result = this.#writer.tryWrite(record);
      if (result === WriteResult.BackPressured) break;
      if (result <= 0) this.#writer.write(record);
    }
    this.#queue.splice(0, taken);
    this.counters.received += taken;
    return taken;
  }

  /** Writes what the destination has space for; the rest is dropped. */
  finish(): void {
    while (this.write() > 0);
    this.counters.dropped += this.#queue.length;
    this.#queue.length = 0;
  }
}
