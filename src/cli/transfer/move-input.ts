/** Moves standard input through a framer into a channel. */
import { RingWriter } from '../../channel/index.js';
import { DoorbellIdle, onAbort, RingwireError } from '../../platform/index.js';
import type { Framer } from './framing.js';
import type { ChannelWriter } from './new-channel.js';

/**
 * Writes the input as fast as it arrives and readers allow. A signal ends it between two chunks, or in a wait.
 * @param afterChunk called after each chunk, for example to flush
 */
export async function moveInput(
  framer: Framer,
  writer: ChannelWriter,
  signal: AbortSignal,
  afterChunk: (() => Promise<void>) | undefined,
): Promise<void> {
  const { stdin } = process;
  const stop = () => stdin.destroy();
  const stopListening = onAbort(signal, stop);
  try {
    for await (const chunk of stdin) {
      if (!(await moved(framer.take(chunk as Buffer), writer, signal))) return;
      await afterChunk?.();
    }
    await moved(framer.end(), writer, signal);
  } catch (error) {
    // Destroying the input is how the waiting ends.
    if (!signal.aborted || error instanceof RingwireError) throw error;
  } finally {
    stopListening();
    stdin.destroy();
  }
}

/** Waits for space after each step that readers blocked. @returns false when the signal aborted first */
async function moved(steps: Iterable<void>, writer: ChannelWriter, signal: AbortSignal): Promise<boolean> {
  let idle: DoorbellIdle | undefined;
  for (const _ of steps) {
    if (signal.aborted) return false;
    idle ??= new DoorbellIdle({ doorbell: writer instanceof RingWriter ? writer.spaceAvailable : null });
    await idle.idleAsync(0);
  }
  return true;
}
