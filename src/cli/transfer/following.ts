/** Follows a channel until it ends, its writer is given up, or the command is done. */
import { setImmediate as turn } from 'node:timers/promises';
import { type Command, Option } from 'commander';
import { EndWatch, isBehind, type Reader } from '../../channel/index.js';
import { afterMs, DoorbellIdle, onAbort, type RingwireError } from '../../platform/index.js';
import { printNote } from '../print.js';

const GIVE_UP = ['dead', 'late', 'never'] as const;
/** State of the writer, after the timeout of the channel, that ends a command. */
export type GiveUp = (typeof GIVE_UP)[number];

/** How a channel is followed. */
export interface FollowOptions {
  /** Takes the available records. @returns their number */
  readonly pump: () => number | Promise<number>;
  readonly giveUp: GiveUp;
  /** Ends the loop immediately. */
  readonly signal: AbortSignal;
  /** Whether to end; called before every pump. Default: never. */
  readonly isDone?: () => boolean;
  /** Milliseconds after which the loop ends; undefined for never. */
  readonly forMillis?: number | undefined;
  /** Prints a note about a late writer. Default: on stderr. */
  readonly note?: (text: string) => void;
}

/** Adds the option `--give-up`. */
export function takesGiveUp(command: Command): Command {
  return command.addOption(
    new Option('--give-up <when>', 'end after the timeout of the channel if the writer is in this state')
      .choices(GIVE_UP)
      .default('dead'),
  );
}

/**
 * Resolves when the writer has closed the channel and every record was taken, when `isDone` or the time limit says so, or
 * when the signal aborts.
 * @throws RingwireError `TIMEOUT` when the writer is given up, and the errors of `pump`
 */
export async function follow(reader: Reader, options: FollowOptions): Promise<void> {
  const { pump, giveUp, signal, isDone = () => false, note = printNote } = options;
  const { forMillis = Number.POSITIVE_INFINITY } = options;
  const idle = new DoorbellIdle(reader);
  const wake = () => reader.doorbell?.ringNow();
  const watch = new EndWatch(reader, (timeout) => onLate(timeout, giveUp, note));
  const deadline = performance.now() + forMillis;
  using _timer = afterMs(forMillis, wake);
  const stopListening = onAbort(signal, wake);
  try {
    while (!signal.aborted && !isDone() && performance.now() < deadline) {
      const count = await pump();
      if (count > 0) watch.reset();
      if (count === 0 && isBehind(reader)) {
        await turn();
        continue;
      }
      const next = count > 0 ? 'wait' : watch.onNothing();
      if (next === 'end') return;
      if (next === 'wait') await idle.idleAsync(count);
    }
  } finally {
    stopListening();
  }
}

function onLate(timeout: RingwireError, giveUp: GiveUp, note: (text: string) => void): void {
  if (giveUp === 'late') throw timeout;
  note(`${timeout.message}; still waiting`);
}
