/** Keys and labels of the counters that belong to a stream. Source: Aeron 1.53 `StreamCounter`. */
import type { NewCounter } from './counters-manager.js';

const MAX_CHANNEL_LENGTH = 92;

export interface StreamCounterParts {
  readonly typeId: number;
  readonly name: string;
  readonly registrationId: bigint;
  readonly sessionId: number;
  readonly streamId: number;
  readonly channel: string;
  readonly ownerId: bigint;
  readonly value?: bigint;
  readonly referenceId?: bigint;
  /** Behind the label: where a subscriber joined. */
  readonly suffix?: string;
}

export function streamCounter(parts: StreamCounterParts): NewCounter {
  const { registrationId, sessionId, streamId, channel } = parts;
  const text = Buffer.from(channel).subarray(0, MAX_CHANNEL_LENGTH);
  const key = Buffer.alloc(20 + text.length);
  key.writeBigInt64LE(registrationId, 0);
  key.writeInt32LE(sessionId, 8);
  key.writeInt32LE(streamId, 12);
  key.writeInt32LE(text.length, 16);
  text.copy(key, 20);
  return {
    typeId: parts.typeId,
    key,
    label: `${parts.name}: ${registrationId} ${sessionId} ${streamId} ${channel}${parts.suffix ?? ''}`,
    registrationId,
    ownerId: parts.ownerId,
    value: parts.value ?? 0n,
    referenceId: parts.referenceId ?? 0n,
  };
}
