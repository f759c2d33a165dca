/** Following a channel until it ends, its writer is given up, or whoever follows has enough. */
import { type Command, Option } from 'commander';
import type { Reader } from '../../channel/index.js';
import { DoorbellIdle, type RingwireError } from '../../platform/index.js';
import { printNote } from '../print.js';

const GIVE_UP = ['dead', 'late', 'never'] as const;
export type GiveUp = (typeof GIVE_UP)[number];

export interface FollowOptions {
  /** Takes what is there. @returns how many records */
  readonly pump: () => number | Promise<number>;
  readonly giveUp: GiveUp;
  /** Ends it at once. */
  readonly signal: AbortSignal;
  /** Asked after every pump. */
  readonly isDone?: () => boolean;
  /** Milliseconds after which it ends; undefined for never. */
  readonly forMillis?: number | undefined;
}

/** Adds the option `--give-up`. */
export function takesGiveUp(command: Command): Command {
  return command.addOption(
    new Option('--give-up <when>', "after the channel's time-out without a sign: when the writer is")
      .choices(GIVE_UP)
      .default('dead'),
  );
}

/**
 * Returns when the writer has closed the channel and everything was taken, when it is done, or at the signal.
 * @throws RingwireError `TIMEOUT` when the writer is given up, and what `pump` throws
 */
export async function follow(reader: Reader, options: FollowOptions): Promise<void> {
  const { pump, giveUp, signal, isDone = () => false, forMillis } = options;
  const idle = new DoorbellIdle(reader);
  const wake = () => reader.doorbell?.ringNow();
  const deadline = performance.now() + (forMillis ?? Number.POSITIVE_INFINITY);
  const timer = forMillis === undefined ? undefined : setTimeout(wake, forMillis);
  signal.addEventListener('abort', wake);
  try {
    await followUntil(() => signal.aborted || isDone() || performance.now() >= deadline);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', wake);
  }

  async function followUntil(isOver: () => boolean): Promise<void> {
    let told = false;
    while (!isOver()) {
      const count = await pump();
      const { endReason } = reader;
      if (count > 0) told = false;
      else if (endReason?.code === 'CLOSED') return;
      else if (endReason !== null) {
        if (endReason.code !== 'TIMEOUT' || isGivenUp(endReason, giveUp)) throw endReason;
        if (!told) printNote(`${endReason.message}; waiting on`);
        told = true;
        // Starts the clock again, so that the writer is looked at again after the next time-out.
        reader.moveTo(reader.position);
      }
      await idle.idleAsync(count);
    }
  }
}

function isGivenUp(timeout: RingwireError, giveUp: GiveUp): boolean {
  return giveUp === 'late' || timeout.writer === 'dead';
}
