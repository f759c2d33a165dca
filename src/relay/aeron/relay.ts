/** The engine Aeron: one end of a relay over a media driver, and over the next one when that ends. */
import { Aeron, AeronError, AeronErrorCode } from '../../aeron/index.js';
import { RingwireError } from '../../platform/index.js';
import { connectEnd, type RelayEnd, runEngine } from '../engine.js';
import type { DestinationOptions } from '../open-destination.js';
import { RelayDestination } from '../relay-destination.js';
import { RelaySource } from '../relay-source.js';
import { type RunningRelay, startRelay } from '../running-relay.js';
import { TransientFault } from '../transient-fault.js';
import { RelayReceiver } from './relay-receiver.js';
import { RelaySender } from './relay-sender.js';

const IPC = 'aeron:ipc';
const DEFAULT_STREAM = 1010;
const DEFAULT_RETRY_MILLIS = 1000;

/** Options of both ends of a relay. */
export interface RelayStreams {
  /** Folder of the media driver. Default: that of `Aeron.connect`. */
  readonly directory?: string;
  /** Aeron channel of the records. Default: `aeron:ipc`. */
  readonly channel?: string;
  /** Stream id of the records. Default: 1010. */
  readonly streamId?: number;
  /**
   * Aeron channel of the answers. Default: `channel`, if that is `aeron:ipc`. Over UDP it is an endpoint on the
   * machine of the sender, and required.
   */
  readonly answerChannel?: string;
  /** Stream id of the answers. Default: `streamId` + 1. */
  readonly answerStreamId?: number;
  /** Milliseconds without a heartbeat of the driver after which it counts as dead, from 1. Default: 10 000. */
  readonly driverTimeoutMs?: number;
  /** Ends the relay. Another one may continue it. Default: none. */
  readonly signal?: AbortSignal;
}

/** Options of {@link sendToStream}. */
export interface SendOptions extends RelayStreams {
  /** Root folder of the source channel. */
  readonly root: string;
  /** Id of the source channel, 0 to 2^64-1. */
  readonly channelId: bigint | number;
  /** Milliseconds without a confirmation after which unconfirmed records are sent again. Default: 1000. */
  readonly retryMs?: number;
  /** Called about ten times per second. Default: no call. */
  readonly onProgress?: (progress: SendProgress) => void;
}

/** Progress of the sending end. */
export interface SendProgress {
  /** Records sent, repetitions included. */
  readonly sent: number;
  /** Records of the source that are in the destination. */
  readonly confirmed: number;
}

/** Options of {@link receiveFromStream}. */
export interface ReceiveOptions extends RelayStreams {
  /** The destination channel, which is created or resumed. */
  readonly destination: DestinationOptions;
  /**
   * Confirm a record only when it is on disk, so that a power cut of this machine loses no confirmed record. The
   * receiver flushes continuously, which reduces throughput. Default: false; a confirmed record survives the death of
   * processes.
   */
  readonly durable?: boolean;
  /** Called about ten times per second. Default: no call. */
  readonly onProgress?: (progress: ReceiveProgress) => void;
}

/** Progress of the receiving end. */
export interface ReceiveProgress {
  /** Records that this process wrote to the destination. */
  readonly received: number;
  /** Records that arrived again and were dropped. */
  readonly duplicates: number;
  /** Records that the source had overwritten before they were sent. */
  readonly lost: number;
}

/**
 * Sends the records of a log, ring or journal to a {@link receiveFromStream} at the other end. Ends when the channel
 * is closed and all records have arrived, or when the signal aborts. Reconnects to a driver that was restarted.
 * @throws RingwireError the errors of opening a channel; `CORRUPT_CHANNEL`; `INVALID_ARGUMENT` if the destination
 * belongs to another source; `MAX_RECORD_LENGTH_EXCEEDED` for a record longer than the terms of the stream allow;
 * `DUPLICATE_RECEIVER` if two receivers answer; AeronError without a driver
 */
export function sendToStream(options: SendOptions): RunningRelay<SendProgress> {
  return startRelay({ sent: 0, confirmed: 0 }, options.onProgress, (report) => send(options, report));
}

async function send(options: SendOptions, report: (progress: SendProgress) => void): Promise<SendProgress> {
  const streams = resolve(options);
  using source = RelaySource.open(options.root, options.channelId);
  const retryMs = options.retryMs ?? DEFAULT_RETRY_MILLIS;
  let before = 0;
  let sender: RelaySender | undefined;
  const progress = () => ({ sent: before + (sender?.sent ?? 0), confirmed: source.confirmed });
  await runWithReconnect(
    options,
    async (aeron) => {
      before += sender?.sent ?? 0;
      sender = undefined;
      const answers = await aeron.addSubscription(streams.answerChannel, streams.answerStreamId);
      const records = await aeron.addExclusivePublication(streams.channel, streams.streamId);
      sender = new RelaySender(source, records, answers, retryMs);
      return sender;
    },
    () => report(progress()),
  );
  return progress();
}

/**
 * Receives the records of a {@link sendToStream} into a channel, each exactly once and in order. Closes the channel
 * when the source is closed. Ends then, or when the signal aborts. Creates the channel, or resumes it.
 * @throws RingwireError the errors of creating and resuming a channel; `CHANNEL_FULL`; `MAX_RECORD_LENGTH_EXCEEDED`;
 * `INVALID_ARGUMENT` for records of another source; `FLUSH_FAILED`; AeronError without a driver
 */
export function receiveFromStream(options: ReceiveOptions): RunningRelay<ReceiveProgress> {
  const initial = { received: 0, duplicates: 0, lost: 0 };
  return startRelay(initial, options.onProgress, (report) => receive(options, report));
}

async function receive(
  options: ReceiveOptions,
  report: (progress: ReceiveProgress) => void,
): Promise<ReceiveProgress> {
  const streams = resolve(options);
  using destination = RelayDestination.open(options.destination);
  // Records that an earlier relay received may be unflushed.
  if (options.durable) await destination.flush();
  const total = { received: 0, duplicates: 0, lost: 0 };
  let receiver: RelayReceiver | undefined;
  const progress = () => ({
    received: total.received + (receiver?.received ?? 0),
    duplicates: total.duplicates + (receiver?.duplicates ?? 0),
    lost: total.lost + (receiver?.lost ?? 0),
  });
  const run = runWithReconnect(
    options,
    async (aeron) => {
      Object.assign(total, progress());
      receiver = undefined;
      const records = await aeron.addSubscription(streams.channel, streams.streamId);
      const answers = await aeron.addExclusivePublication(streams.answerChannel, streams.answerStreamId);
      receiver = new RelayReceiver(destination, records, answers, options.durable);
      return receiver;
    },
    () => report(progress()),
  );
  // The mapping is in use until the last flush has finished.
  await run.finally(() => destination.settled());
  return progress();
}

function resolve(options: RelayStreams) {
  const { channel = IPC, streamId = DEFAULT_STREAM, answerStreamId = streamId + 1 } = options;
  const { answerChannel = channel } = options;
  if (options.answerChannel === undefined && !channel.startsWith(IPC)) {
    throw new RingwireError(
      'INVALID_ARGUMENT',
      `a relay over ${channel} needs an answerChannel: set it to an endpoint on the machine of the sender`,
    );
  }
  if (answerChannel === channel && answerStreamId === streamId) {
    throw new RingwireError(
      'INVALID_ARGUMENT',
      'records and answers use the same stream: set a different answerStreamId',
    );
  }
  return { channel, streamId, answerChannel, answerStreamId };
}

/**
 * Runs an end that `begin` makes, over one driver after the other, until it is done or the signal aborts. Without a driver at
 * the start it fails; later it waits for the next one.
 */
async function runWithReconnect(
  { directory, driverTimeoutMs, signal }: RelayStreams,
  begin: (aeron: Aeron) => Promise<RelayEnd>,
  onTurn: () => void,
): Promise<void> {
  const context = {
    ...(directory === undefined ? {} : { directory }),
    ...(driverTimeoutMs === undefined ? {} : { driverTimeoutMs }),
    ...(signal === undefined ? {} : { signal }),
  };
  let wasConnected = false;
  const connect = async () => {
    try {
      const aeron = await Aeron.connect(context);
      wasConnected = true;
      // What ends the client is seen by `isClosed`.
      aeron.on('error', () => {});
      return await connectEnd(aeron, begin, (error) =>
        aeron.isClosed ? new TransientFault('the media driver ended', { cause: error }) : (error as Error),
      );
    } catch (error) {
      if (wasConnected && isSilence(error))
        throw new TransientFault((error as Error).message, { cause: error });
      throw error;
    }
  };
  await runEngine(connect, signal, onTurn);
}

function isSilence(error: unknown): boolean {
  return error instanceof AeronError && error.errorCode === AeronErrorCode.DriverTimeout;
}
