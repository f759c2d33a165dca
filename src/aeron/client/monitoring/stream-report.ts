/** Streams of a driver from its counters: publishers, subscribers and their positions. */
import { CounterType } from '../../layout/counter-layout.js';
import { decodeStreamCounterKey, type StreamCounterKey } from '../../layout/stream-counter-layout.js';
import type { CountersReader } from './counters-reader.js';

/** One position of one stream. */
export interface StreamPosition extends StreamCounterKey {
  readonly counterId: number;
  readonly typeId: number;
  readonly name: string;
  readonly value: bigint;
}

/** A stream and the bytes that each subscriber has not read. */
export interface Backlog {
  readonly sessionId: number;
  readonly streamId: number;
  readonly channel: string;
  readonly publisherPosition: bigint;
  readonly publisherLimit: bigint | null;
  readonly subscribers: readonly {
    readonly registrationId: bigint;
    readonly position: bigint;
    /** Bytes published and not read. */
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

/** All stream positions, in the order of session, stream and counter. */
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

/** The backlog of every stream published on this machine. */
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
