/** Opens a channel that may not exist yet. */
import { delay, RingwireError } from '../../platform/index.js';
import { wholeNumber } from '../core/arguments.js';
import { resolveRoot } from '../files/channel-listing.js';
import type { ChannelKey } from '../files/channel-names.js';

/** Options of a wait for a channel. */
export interface WaitOptions {
  /** Ends the wait: the promise rejects with the reason of the signal. Default: none. */
  readonly signal?: AbortSignal | undefined;
  /** Maximum wait in milliseconds, from 0. Default: no limit. */
  readonly timeoutMs?: number | undefined;
}

const FIRST_PAUSE_MILLIS = 1;
const LONGEST_PAUSE_MILLIS = 50;

/** The `open` of one kind of reader. */
type OpenReader<Options, R> = (root: string, channel: ChannelKey, options: Options) => R;

/**
 * The `waitFor` of readers of every kind: calls `open` until the channel exists and is ready.
 * @throws RingwireError `STORAGE_NOT_FOUND` or `STORAGE_NOT_READY` after `timeoutMs`, the reason of the signal when it
 * aborts, any other error of `open` at once
 */
export function waitForReader<Options extends object, R>(
  open: OpenReader<Options, R>,
  root: string,
  channel: ChannelKey,
  options: WaitOptions & Options,
): Promise<R> {
  const { signal, timeoutMs, ...readerOptions } = options;
  const folder = resolveRoot(root);
  return waitForChannel(() => open(folder, channel, readerOptions as unknown as Options), {
    signal,
    timeoutMs,
  });
}

/** Calls `open` until it succeeds, with growing pauses, while the channel is missing or not ready. */
export async function waitForChannel<T>(open: () => T, { signal, timeoutMs }: WaitOptions): Promise<T> {
  const deadline = timeoutMs === undefined ? Number.POSITIVE_INFINITY : performance.now() + timeoutMs;
  for (let pause = FIRST_PAUSE_MILLIS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MILLIS)) {
    signal?.throwIfAborted();
    try {
      return open();
    } catch (error) {
      if (!mayComeYet(error) || performance.now() >= deadline) throw error;
    }
    await delay(Math.min(pause, Math.max(0, deadline - performance.now())), signal);
  }
}

/**
 * Opens a channel with a number of attempts spread over a time, like kekbit's `try_shm_reader`.
 * @param durationMs total time in milliseconds
 * @param tries number of attempts, at least 1
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
    await delay(pause);
  }
}

function mayComeYet(error: unknown): boolean {
  return (
    error instanceof RingwireError &&
    (error.code === 'STORAGE_NOT_FOUND' || error.code === 'STORAGE_NOT_READY')
  );
}
