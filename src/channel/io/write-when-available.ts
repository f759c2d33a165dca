/** Waits until a back-pressured writer can continue. */
import { type Doorbell, DoorbellIdle, type IdleStrategy, SleepIdle } from '../../platform/index.js';
import { WriteResult, type Writer } from '../core/writer.js';

/**
 * Writes one record. Waits while readers apply back pressure; any other refusal is an error.
 * @param options `signal` ends the wait; `idle` is the idle strategy (default: the doorbell of the ring, otherwise
 * sleeps of 1 ms)
 * @returns bytes used in the channel
 * @throws like `Writer.write`; the signal's reason when it aborts
 */
export async function writeAsync(
  writer: Writer,
  data: Uint8Array,
  options: { readonly signal?: AbortSignal | undefined; readonly idle?: IdleStrategy } = {},
): Promise<number> {
  let idle: IdleStrategy | undefined;
  for (;;) {
    const taken = writer.tryWrite(data);
    if (taken > 0) return taken;
    if (taken !== WriteResult.BackPressured) return writer.write(data);
    options.signal?.throwIfAborted();
    idle ??= options.idle ?? idleFor(writer);
    await idle.idleAsync(0);
  }
}

function idleFor(writer: Writer & { readonly spaceAvailable?: Doorbell }): IdleStrategy {
  return writer.spaceAvailable === undefined
    ? new SleepIdle(1)
    : new DoorbellIdle({ doorbell: writer.spaceAvailable });
}
