/** Streams of a driver from its counters: publishers, subscribers and their positions. */
import { CounterType } from '../../layout/counter-layout.js';
import { decodeStreamCounterKey, type StreamCounterKey } from '../../layout/stream-counter-layout.js';
import type { CountersReader } from './counters-reader.js';

/** One position counter of one stream. Source: Aeron 1.53 `StreamCounter`. */
export interface StreamPosition extends StreamCounterKey {
  /** Id of the counter that holds the position. */
  readonly counterId: number;
  /** Type of the counter, one of {@link CounterType}. */
  readonly typeId: number;
  /**
   * Short name of the type: `pub-lmt`, `pub-pos`, `sub-pos`, `snd-pos`, `snd-lmt`, `snd-bpe`, `rcv-pos` or `rcv-hwm`.
   */
  readonly name: string;
  /** Position in bytes; for `snd-bpe` the number of back-pressure events. */
  readonly value: bigint;
}

/** A stream and the backlog of each subscriber: the bytes that it has not read. */
export interface Backlog {
  /** Session id of the publication. */
  readonly sessionId: number;
  /** Stream id of the publication. */
  readonly streamId: number;
  /** Channel URI; the counter holds at most its first 92 bytes. */
  readonly channel: string;
  /** Position of the publication in bytes. */
  readonly publisherPosition: bigint;
  /** Position up to which the driver allows to publish, in bytes; null when the driver has no counter for it. */
  readonly publisherLimit: bigint | null;
  /** Subscribers of the stream on this machine. */
  readonly subscribers: readonly {
    /** Registration id of the subscription. */
    readonly registrationId: bigint;
    /** Position of the subscriber in bytes. */
    readonly position: bigint;
    /** Bytes published and not yet read by this subscriber. */
    readonly behind: bigint;
  }[];
}

const NAMES = new Map<number, string>([
  [CounterType.PublisherLimit, 'pub-lmt'],
  [CounterType.SenderPosition, 'snd-pos'],
  [CounterType.ReceiverHighWaterMark, 'rcv-hwm'],
  [CounterType.SubscriberPosition, 'sub-pos'],
  [CounterType.ReceiverPosition, 'rcv-pos'],
  [CounterType.SenderLimit, 'snd-lmt'],
  [CounterType.PublisherPosition, 'pub-pos'],
  [CounterType.SenderBackPressure, 'snd-bpe'],
]);

/** All stream positions, in the order of stream id, session id and counter id. */
export function readStreamPositions(counters: CountersReader): StreamPosition[] {
  const positions: StreamPosition[] = [];
  for (const { id, typeId, key, value } of counters) {
    const name = NAMES.get(typeId);
    if (name === undefined) continue;
    positions.push({ counterId: id, typeId, name, ...decodeStreamCounterKey(key), value });
  }
  return positions.sort(
    (a, b) => a.streamId - b.streamId || a.sessionId - b.sessionId || a.counterId - b.counterId,
  );
}

/** The backlog of every stream that a publisher on this machine publishes. */
export function readBacklogs(counters: CountersReader): Backlog[] {
  const positions = readStreamPositions(counters);
  return positions
    .filter(({ typeId }) => typeId === CounterType.PublisherPosition)
    .map((publisher) => {
      const same = positions.filter(
        ({ sessionId, streamId }) => sessionId === publisher.sessionId && streamId === publisher.streamId,
      );
      return {
        sessionId: publisher.sessionId,
        streamId: publisher.streamId,
        channel: publisher.channel,
        publisherPosition: publisher.value,
        publisherLimit: same.find(({ typeId }) => typeId === CounterType.PublisherLimit)?.value ?? null,
        subscribers: same
          .filter(({ typeId }) => typeId === CounterType.SubscriberPosition)
          .map(({ registrationId, value }) => ({
            registrationId,
            position: value,
            behind: publisher.value > value ? publisher.value - value : 0n,
          })),
      };
    });
}
