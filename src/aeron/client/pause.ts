import { setTimeout as sleep } from 'node:timers/promises';

/** Waits `millis` milliseconds. @throws the signal's reason */
export async function pause(millis: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(millis, undefined, signal ? { signal } : {});
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}
