/** An open channel for the sampler. Reads from outside: no writer and no reader notices it. */
import {
  type ChannelHeader,
  isBehind,
  type Reader,
  type RecordHandler,
  ticksToMillis,
} from '../../channel/index.js';
import { RingwireError } from '../../platform/index.js';
import type { ChannelSample } from '../snapshot.js';

/** Records that are read between two checks of the time. */
const STRIDE = 8192;

/** A value of a snapshot whose fields are stored again in a later sampling. */
export type Reused<T> = { -readonly [K in keyof T]: T[K] };

/** What one look finds; the rest of a {@link ChannelSample} comes from two of them. */
export type ChannelLook = Omit<
  ChannelSample,
  'id' | 'name' | 'root' | 'heartbeatAgeMs' | 'recordsPerSecond' | 'payloadBytesPerSecond'
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

/** How a channel ends for its readers: the fields of a look that say so. */
export function endingOf(
  { endReason }: Pick<Reader, 'endReason'>,
  writerAlive: boolean | null,
): Pick<ChannelLook, 'state' | 'error' | 'errorCode'> {
  const damage = endReason === null || endReason.code === 'CLOSED' ? null : endReason;
  const open = writerAlive === false ? 'dead' : 'alive';
  return {
    state: damage !== null ? 'damaged' : endReason !== null ? 'closed' : open,
    error: damage?.message ?? null,
    errorCode: damage?.code ?? null,
  };
}

/** Reads until the end of the channel or the deadline. @returns whether it reached the end; damage is one */
export function readUntil(reader: Reader, handler: RecordHandler, deadline: number): boolean {
  try {
    for (;;) {
      const found = reader.poll(handler, STRIDE);
      if ((found < STRIDE && !isBehind(reader)) || reader.endReason !== null) return true;
      if (performance.now() >= deadline) return false;
    }
  } catch (error) {
    // Damage: `endReason` has it.
    if (!(error instanceof RingwireError)) throw error;
    return true;
  }
}
