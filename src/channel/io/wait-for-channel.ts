/** Opening a channel that may not be there yet. */
import { setTimeout as sleep } from 'node:timers/promises';
import { RingwireError } from '../../platform/index.js';
import { wholeNumber } from '../core/arguments.js';

export interface WaitOptions {
  readonly signal?: AbortSignal | undefined;
  /** Give up after so many milliseconds; by default never. */
  readonly timeoutMs?: number | undefined;
}

const FIRST_PAUSE_MILLIS = 1;
const LONGEST_PAUSE_MILLIS = 50;

/** Calls `open` until it succeeds, with growing pauses, as long as the channel is missing or not ready. */
export async function waitForChannel<T>(open: () => T, { signal, timeoutMs }: WaitOptions): Promise<T> {
  const deadline = timeoutMs === undefined ? Number.POSITIVE_INFINITY : performance.now() + timeoutMs;
  for (let pause = FIRST_PAUSE_MILLIS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MILLIS)) {
    signal?.throwIfAborted();
    try {
      return open();
    } catch (error) {
      if (!mayComeYet(error) || performance.now() >= deadline) throw error;
    }
    const millis = Math.min(pause, Math.max(0, deadline - performance.now()));
    await sleep(millis, undefined, signal ? { signal } : {}).catch((error) => {
      signal?.throwIfAborted();
      throw error;
    });
  }
}

/**
 * Opens with a number of attempts spread over a time, as `try_shm_reader` of the original does.
 * @param durationMs milliseconds in all
 * @param tries attempts in all, at least 1
 * @throws RingwireError the error of the last attempt; `INVALID_ARGUMENT`
 */
export async function openWithRetries<T>(open: () => T, durationMs: number, tries: number): Promise<T> {
  wholeNumber('durationMs', durationMs, Number.MAX_SAFE_INTEGER);
  if (wholeNumber('tries', tries, Number.MAX_SAFE_INTEGER) < 1) {
    throw new RingwireError('INVALID_ARGUMENT', 'tries must be at least 1');
  }
  const pause = Math.floor(durationMs / tries);
  for (let attempt = 1; ; attempt++) {
    try {
      return open();
    } catch (error) {
      if (attempt >= tries) throw error;
    }
    await sleep(pause);
  }
}

function mayComeYet(error: unknown): boolean {
  return (
    error instanceof RingwireError &&
    (error.code === 'STORAGE_NOT_FOUND' || error.code === 'STORAGE_NOT_READY')
  );
}
