/** Keys and labels of the counters that belong to a stream. Source: Aeron 1.53 `StreamCounter`. */
import { encodeStreamCounterKey, type StreamCounterKey } from '../layout/stream-counter-layout.js';
import type { NewCounter } from './counters-manager.js';

/** A counter of a stream. */
export interface StreamCounterParts extends StreamCounterKey {
  readonly typeId: number;
  readonly name: string;
  readonly ownerId: bigint;
  readonly value?: bigint;
  readonly referenceId?: bigint;
  /** End of the label: the join position of a subscriber. */
  readonly suffix?: string;
}

/** The counter with the key and label of a stream. */
export function streamCounter(parts: StreamCounterParts): NewCounter {
  const { registrationId, sessionId, streamId, channel } = parts;
  return {
    typeId: parts.typeId,
    key: encodeStreamCounterKey(parts),
    label: `${parts.name}: ${registrationId} ${sessionId} ${streamId} ${channel}${parts.suffix ?? ''}`,
    registrationId,
    ownerId: parts.ownerId,
    value: parts.value ?? 0n,
    referenceId: parts.referenceId ?? 0n,
  };
}
