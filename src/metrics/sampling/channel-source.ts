/** An open channel for the sampler. Reads from outside: no writer and no reader notices it. */
import { type ChannelHeader, ticksToMillis } from '../../channel/index.js';
import type { ChannelSample } from '../snapshot.js';

/** A value of a snapshot whose fields are stored again in a later sampling. */
export type Reused<T> = { -readonly [K in keyof T]: T[K] };

/** What one look finds; the rest of a {@link ChannelSample} comes from two of them. */
export type ChannelLook = Omit<
  ChannelSample,
  'id' | 'root' | 'heartbeatAgeMs' | 'recordsPerSecond' | 'payloadBytesPerSecond'
>;

/** An open channel. */
export interface ChannelSource extends Disposable {
  /** Reads the state. The result may be the object of the last look, its readers those of the look before. A log is read until `deadline`, in milliseconds of the monotonic clock. */
  look(deadline: number): ChannelLook;
}

/** Timeout of a channel in milliseconds; null for none. */
export function timeoutOf({ timeout, tickUnit }: Pick<ChannelHeader, 'timeout' | 'tickUnit'>): number | null {
  const millis = ticksToMillis(timeout, tickUnit);
  return Number.isFinite(millis) ? millis : null;
}
