/** A wait that ends with the reason of its signal. */
import { setTimeout as sleep } from 'node:timers/promises';

/** Waits some milliseconds. @throws the signal's reason */
export async function pause(millis: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(millis, undefined, signal ? { signal } : {});
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}
