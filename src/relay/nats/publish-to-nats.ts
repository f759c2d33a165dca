/** Outgoing over core NATS: a channel to a subject, at most once. */
import type { MsgHdrs } from '@nats-io/transport-node';
import { channelStatus } from '../../channel/index.js';
import type { ConnectionState, RelayEnd } from '../engine.js';
import { RelaySource } from '../relay-source.js';
import { type RunningRelay, startRelay } from '../running-relay.js';
import { RECORD_HEADER, runCore } from './core-engine.js';
import { loadTransport } from './load-nats.js';
import type { RelayConnection } from './nats-connection.js';
import type { NatsServers } from './nats-servers.js';
import { type RecordSubject, subjectOf } from './subject.js';

const BATCH = 256;
const SOURCE_NAME = 'nats-core';

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
  /** Records given to a connection, each once. */
  readonly sent: number;
  /**
   * Those of `sent` that no server has confirmed: they are in flight, or their connection ended first. The latter may be
   * lost; they are not sent again.
   */
  readonly unconfirmed: number;
  /** Records that were overwritten, or deleted by retention, before they could be sent. */
  readonly lost: number;
  /** Connections after the first. */
  readonly reconnects: number;
  /** Why the relay is waiting at this moment, or null. */
  readonly fault: string | null;
}

interface Counters {
  sent: number;
  unconfirmed: number;
  lost: number;
}

/**
 * Publishes the records of a channel from now on, at most once, until the channel is closed or the signal aborts. After each
 * batch the relay waits until the server has taken it. When the connection ends first, the records of the batch stay in
 * `unconfirmed`.
 * @throws RingwireError as opening a channel does; `ENGINE_UNAVAILABLE`, `ACCESS_DENIED`, `MAX_RECORD_LENGTH_EXCEEDED`,
 * `INVALID_ARGUMENT`
 */
export function publishToNats(options: CoreSendOptions): RunningRelay<CoreSendProgress> {
  const initial: CoreSendProgress = { sent: 0, unconfirmed: 0, lost: 0, reconnects: 0, fault: null };
  return startRelay(initial, options.onProgress, (report) => publish(options, report));
}

async function publish(
  options: CoreSendOptions,
  report: (progress: CoreSendProgress) => void,
): Promise<CoreSendProgress> {
  const subject = subjectOf(options);
  const isNumbered = typeof options.subject === 'string' && !options.subject.includes('{');
  using source = RelaySource.open(options.root, options.channelId, SOURCE_NAME);
  const { sequence } = channelStatus(options.root, options.channelId);
  if (sequence !== null) source.goTo(sequence);
  const { headers } = await loadTransport();
  const counters: Counters = { sent: 0, unconfirmed: 0, lost: 0 };
  const numbers = isNumbered ? headers() : null;
  const begin = (connection: RelayConnection) => publishing(connection, subject, source, counters, numbers);
  const progress = (state: ConnectionState) => ({ ...counters, ...state });
  return progress(await runCore(options, begin, (state) => report(progress(state))));
}

function publishing(
  connection: RelayConnection,
  subject: (record: Uint8Array) => string,
  source: RelaySource,
  counters: Counters,
  headers: MsgHdrs | null,
): RelayEnd {
  const identity = source.identity.toString(16);
  const options = headers === null ? undefined : { headers };
  let expected = source.next;
  let isFlushing = false;
  const send = (buffer: Buffer, offset: number, length: number, sequence: number): void => {
    counters.lost += sequence - expected;
    expected = sequence + 1;
    // A copy: the client sends later than the view is valid.
    const record = Buffer.from(buffer.subarray(offset, offset + length));
    headers?.set(RECORD_HEADER, `${identity}:${sequence}`);
    // Counted first: a publish that throws leaves the record unconfirmed.
    counters.unconfirmed++;
    connection.publish(subject(record), record, sequence, options);
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
          counters.unconfirmed -= count;
          source.confirm(source.next);
        },
        () => {},
      );
      return count;
    },
  };
}
