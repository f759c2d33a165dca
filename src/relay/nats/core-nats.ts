/** Core NATS: plain fan-out. Nothing is stored, so a record that no subscriber or connection takes is lost. */
import type { Msg } from '@nats-io/transport-node';
import { channelStatus, WriteResult } from '../../channel/index.js';
import { RingwireError } from '../../platform/index.js';
import { type Engine, type EngineConnection, type RelayEnd, runEngine } from '../engine.js';
import { type DestinationOptions, openDestination } from '../open-destination.js';
import { RelaySource } from '../relay-source.js';
import { type RunningRelay, startRelay } from '../running-relay.js';
import { TransientFault } from '../transient-fault.js';
import { loadTransport } from './load-nats.js';
import { connectEnd, type RelayConnection } from './nats-connection.js';
import type { NatsServers } from './nats-servers.js';
import { type RecordSubject, subjectOf } from './subject.js';

const BATCH = 256;
const SOURCE_NAME = 'nats-core';
/** Messages that wait for the destination; later ones are dropped and counted. */
const LONGEST_QUEUE = 65_536;

/** Options of `publishToNats`. */
export interface CoreSendOptions extends NatsServers, RecordSubject {
  /** Folder below which the channel lies. */
  readonly root: string;
  /** The channel: a log, a ring or a journal. */
  readonly channelId: bigint | number;
  /** Called about ten times a second. */
  readonly onProgress?: (progress: CoreSendProgress) => void;
}

/** What an outgoing relay over core NATS has done so far. */
export interface CoreSendProgress {
  /** Records given to the server. Core NATS does not acknowledge them. */
  readonly sent: number;
  /** Records that were overwritten, or deleted by retention, before they could be sent. */
  readonly lost: number;
  /** Why the relay is waiting at this moment, or null. */
  readonly fault: string | null;
}

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
  /** Messages that were dropped: empty ones, and those that came while the destination had no space for long. */
  readonly dropped: number;
  /** Why the relay is waiting at this moment, or null. */
  readonly fault: string | null;
}

/**
 * Publishes the records of a channel from now on, at most once, until the channel is closed or the signal aborts. The relay
 * waits for the server after each batch. A record that was given to a server that dies then is lost.
 * @throws RingwireError as opening a channel does; `ENGINE_UNAVAILABLE`, `ACCESS_DENIED`, `MAX_RECORD_LENGTH_EXCEEDED`,
 * `INVALID_ARGUMENT`
 */
export function publishToNats(options: CoreSendOptions): RunningRelay<CoreSendProgress> {
  const initial: CoreSendProgress = { sent: 0, lost: 0, fault: null };
  return startRelay(initial, options.onProgress, (report) => publish(options, report));
}

async function publish(
  options: CoreSendOptions,
  report: (progress: CoreSendProgress) => void,
): Promise<CoreSendProgress> {
  const subject = subjectOf(options);
  using source = RelaySource.open(options.root, options.channelId, SOURCE_NAME);
  const { sequence } = channelStatus(options.root, options.channelId);
  if (sequence !== null) source.goTo(sequence);
  await loadTransport();
  const counters = { sent: 0, lost: 0 };
  const engine = new CoreEngine(options, (connection) => publishing(connection, subject, source, counters));
  const progress = () => ({ ...counters, fault: engine.fault });
  await runEngine(engine, options.signal, () => report(progress()));
  return progress();
}

/**
 * Puts the messages of a subject into a channel as they come, until the signal aborts. Messages that are published while
 * the relay is not connected are lost.
 * @throws RingwireError as creating and resuming a channel does; `ENGINE_UNAVAILABLE`, `ACCESS_DENIED`, `CHANNEL_FULL`,
 * `MAX_RECORD_LENGTH_EXCEEDED`, `CLOSED`
 */
export function subscribeToNats(options: CoreReceiveOptions): RunningRelay<CoreReceiveProgress> {
  const initial: CoreReceiveProgress = { received: 0, dropped: 0, fault: null };
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
    const counters = { received: 0, dropped: 0 };
    const queue: Uint8Array[] = [];
    const doWork = () => {
      let taken = 0;
      for (; taken < Math.min(BATCH, queue.length); taken++) {
        const record = queue[taken] as Uint8Array;
        const result = writer.tryWrite(record);
        if (result === WriteResult.BackPressured) break;
        if (result <= 0) writer.write(record);
      }
      queue.splice(0, taken);
      counters.received += taken;
      return taken;
    };
    const onMessage = ({ data }: Msg) => {
      if (data.length === 0 || queue.length >= LONGEST_QUEUE) counters.dropped++;
      else queue.push(data);
    };
    const engine = new CoreEngine(options, (connection) => {
      connection.nats.subscribe(options.subject, {
        callback: (error, message) => {
          if (error === null) onMessage(message);
        },
      });
      return {
        isDone: false,
        doWork() {
          connection.check();
          return doWork();
        },
      };
    });
    const progress = () => ({ ...counters, fault: engine.fault });
    await runEngine(engine, options.signal, () => report(progress()));
    while (doWork() > 0);
    return progress();
  } finally {
    writer.detach();
  }
}

function publishing(
  connection: RelayConnection,
  subject: (record: Uint8Array) => string,
  source: RelaySource,
  counters: { sent: number; lost: number },
): RelayEnd {
  let expected = source.next;
  let isFlushing = false;
  const send = (buffer: Buffer, offset: number, length: number, sequence: number): void => {
    counters.lost += sequence - expected;
    expected = sequence + 1;
    // A copy: the client sends later than the view is valid.
    const record = Buffer.from(buffer.subarray(offset, offset + length));
    connection.publish(subject(record), record, sequence);
    counters.sent++;
  };
  return {
    get isDone() {
      return source.isAtEnd && !isFlushing;
    },
    doWork() {
      connection.check();
      if (isFlushing) return 0;
      const count = source.poll(send, BATCH);
      if (count === 0) return 0;
      isFlushing = true;
      void connection.nats.flush().then(
        () => {
          isFlushing = false;
          source.confirm(source.next);
        },
        () => {},
      );
      return count;
    },
  };
}

class CoreEngine implements Engine {
  fault: string | null = null;
  readonly #options: NatsServers;
  readonly #begin: (connection: RelayConnection) => RelayEnd;

  constructor(options: NatsServers, begin: (connection: RelayConnection) => RelayEnd) {
    this.#options = options;
    this.#begin = begin;
  }

  connect(): Promise<EngineConnection> {
    return connectEnd(this.#options, (connection) => {
      const end = this.#begin(connection);
      this.fault = null;
      return end;
    });
  }

  isTransient(error: unknown): boolean {
    return error instanceof TransientFault;
  }

  onFault(error: unknown): void {
    this.fault = (error as Error).message;
  }
}
