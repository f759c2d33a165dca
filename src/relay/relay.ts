/** Running one end of a relay: over a driver, and over the next one when that ends. */
import { Aeron, AeronError, AeronErrorCode } from '../aeron/index.js';
import { BackoffIdle, RingwireError } from '../platform/index.js';
import type { DestinationOptions } from './open-destination.js';
import { RelayDestination } from './relay-destination.js';
import { RelayReceiver } from './relay-receiver.js';
import { RelaySender } from './relay-sender.js';
import { RelaySource } from './relay-source.js';

const IPC = 'aeron:ipc';
const DEFAULT_STREAM = 1010;
const DEFAULT_RETRY_MILLIS = 1000;
const PROGRESS_MILLIS = 100;

export interface RelayStreams {
  /** Folder of the media driver; by default that of `Aeron.connect`. */
  readonly directory?: string;
  /** Where the records go, default `aeron:ipc`. */
  readonly channel?: string;
  /** Default 1010. */
  readonly streamId?: number;
  /** The way back; by default `channel`, where that is `aeron:ipc`. Over UDP: an endpoint on the sender's machine. */
  readonly answerChannel?: string;
  /** Default `streamId` + 1. */
  readonly answerStreamId?: number;
  /** Milliseconds without a sign of a driver until it counts as dead, from 1; default 10 000. */
  readonly driverTimeoutMs?: number;
  /** Ends the relay, which another one may then continue. */
  readonly signal?: AbortSignal;
}

export interface SendOptions extends RelayStreams {
  readonly root: string;
  readonly channelId: bigint | number;
  /** Milliseconds without a confirmation until unconfirmed records are sent again, default 1000. */
  readonly retryMs?: number;
  /** Called about ten times a second. */
  readonly onProgress?: (progress: SendProgress) => void;
}

export interface SendProgress {
  /** Records sent, repetitions included. */
  readonly sent: number;
  /** Records of the source that are in the destination. */
  readonly confirmed: number;
}

export interface ReceiveOptions extends RelayStreams {
  readonly destination: DestinationOptions;
  /**
   * Confirm a record only when it is on disk, so that a power cut at this end loses no confirmed record. The receiver
   * flushes all the time, which costs throughput. Default false: a confirmed record survives the death of processes.
   */
  readonly durable?: boolean;
  /** Called about ten times a second. */
  readonly onProgress?: (progress: ReceiveProgress) => void;
}

export interface ReceiveProgress {
  /** Records that were put into the destination, by this process. */
  readonly received: number;
  /** Records that came again and were dropped. */
  readonly duplicates: number;
  /** Records that the source had overwritten before they could be sent. */
  readonly lost: number;
}

/** What a relay does in its turns. */
interface End {
  readonly isDone: boolean;
  doWork(now: number): number;
}

/**
 * Sends the records of a channel, log, ring or journal, to a `receiveFromStream` at the other end, until the channel is closed
 * and all of it has arrived, or the signal aborts. A driver that ends is waited for.
 * @throws RingwireError as opening a channel does, `CORRUPT_CHANNEL`, `INVALID_ARGUMENT` when the destination belongs to another
 * source, `MAX_RECORD_LENGTH_EXCEEDED` for a record that the terms of the stream cannot take, `DUPLICATE_RECEIVER` when two receivers
 * answer; AeronError when there is no driver
 */
export async function sendToStream(options: SendOptions): Promise<SendProgress> {
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
    () => options.onProgress?.(progress()),
  );
  return progress();
}

/**
 * Takes records from a `sendToStream` into a channel, each exactly once and in order, until the source is closed, which
 * closes this channel too, or the signal aborts. The channel is created, or continued where it is.
 * @throws RingwireError as creating and resuming a channel does, `CHANNEL_FULL`, `MAX_RECORD_LENGTH_EXCEEDED`,
 * `INVALID_ARGUMENT` when the records of another source come, `FLUSH_FAILED`; AeronError when there is no driver
 */
export async function receiveFromStream(options: ReceiveOptions): Promise<ReceiveProgress> {
  const streams = resolve(options);
  using destination = RelayDestination.open(options.destination);
  // What an earlier relay received may never have been flushed.
  if (options.durable) await destination.flush();
  const total = { received: 0, duplicates: 0, lost: 0 };
  let receiver: RelayReceiver | undefined;
  const progress = () => ({
    received: total.received + (receiver?.received ?? 0),
    duplicates: total.duplicates + (receiver?.duplicates ?? 0),
    lost: total.lost + (receiver?.lost ?? 0),
  });
  const receive = runWithReconnect(
    options,
    async (aeron) => {
      Object.assign(total, progress());
      receiver = undefined;
      const records = await aeron.addSubscription(streams.channel, streams.streamId);
      const answers = await aeron.addExclusivePublication(streams.answerChannel, streams.answerStreamId);
      receiver = new RelayReceiver(destination, records, answers, options.durable);
      return receiver;
    },
    () => options.onProgress?.(progress()),
  );
  // The mapping is in use until the last flush has ended.
  await receive.finally(() => destination.settled());
  return progress();
}

function resolve(options: RelayStreams) {
  const { channel = IPC, streamId = DEFAULT_STREAM, answerStreamId = streamId + 1 } = options;
  const { answerChannel = channel } = options;
  if (options.answerChannel === undefined && !channel.startsWith(IPC)) {
    throw new RingwireError(
      'INVALID_ARGUMENT',
      `a relay over ${channel} needs a way back: name an answerChannel with an endpoint on the sender's machine`,
    );
  }
  if (answerChannel === channel && answerStreamId === streamId) {
    throw new RingwireError('INVALID_ARGUMENT', 'records and answers need streams of their own');
  }
  return { channel, streamId, answerChannel, answerStreamId };
}

/** Runs an end that `begin` makes, over one driver after the other, until it is done or the signal aborts. */
async function runWithReconnect(
  { directory, driverTimeoutMs, signal }: RelayStreams,
  begin: (aeron: Aeron) => Promise<End>,
  onTurn: () => void,
): Promise<void> {
  const context = {
    ...(directory === undefined ? {} : { directory }),
    ...(driverTimeoutMs === undefined ? {} : { driverTimeoutMs }),
    ...(signal === undefined ? {} : { signal }),
  };
  for (let wasConnected = false; signal?.aborted !== true; ) {
    let aeron: Aeron;
    try {
      aeron = await Aeron.connect(context);
      wasConnected = true;
    } catch (error) {
      if (signal?.aborted) return;
      if (wasConnected && isSilence(error)) continue;
      throw error;
    }
    // What ends the client is seen by `isClosed`.
    aeron.on('error', () => {});
    try {
      if (await turns(await begin(aeron), aeron, signal, onTurn)) return;
    } catch (error) {
      if (!aeron.isClosed) throw error;
    } finally {
      aeron.close();
    }
  }
}

/** @returns whether the end is done; else the driver has ended, or the signal has aborted */
async function turns(
  end: End,
  aeron: Aeron,
  signal: AbortSignal | undefined,
  onTurn: () => void,
): Promise<boolean> {
  const idle = new BackoffIdle();
  let reported = 0;
  while (!end.isDone && !aeron.isClosed && signal?.aborted !== true) {
    const now = performance.now();
    const work = end.doWork(now);
    if (now - reported >= PROGRESS_MILLIS) {
      reported = now;
      onTurn();
    }
    await idle.idleAsync(work);
  }
  return end.isDone;
}

function isSilence(error: unknown): boolean {
  return error instanceof AeronError && error.errorCode === AeronErrorCode.DriverTimeout;
}
