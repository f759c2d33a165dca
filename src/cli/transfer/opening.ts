/** Opening a channel to read: at once, or when it exists; from its beginning, from now, or in between. */
import { type Command, InvalidArgumentError } from 'commander';
import { openReader, type Reader, waitForChannel } from '../../channel/index.js';
import { RingwireError } from '../../platform/index.js';
import type { ChannelName } from '../channel-argument.js';
import { type Duration, durationOption, nanosToMillis } from '../quantities.js';
import type { GiveUp } from './following.js';
import { positionOption } from './reading-options.js';
import { skipToEnd } from './record-stream.js';

/** Where to begin: `start`, `now`, or the position of a record. */
export type From = number | 'start' | 'now';

export interface OpeningOptions {
  readonly wait?: boolean;
  readonly waitAtMost?: Duration;
  readonly giveUp: GiveUp;
}

export interface FromOption {
  readonly from: From;
}

/** Adds the option `--from`. */
export function takesFrom(command: Command): Command {
  return command.option('--from <where>', 'start, now, or the position of a record', fromOption, 'start');
}

export function takesWaiting(command: Command): Command {
  return command
    .option('-w, --wait', 'wait for a channel that does not exist yet')
    .option('--wait-at-most <duration>', 'the same, but give up after 10s, 2m, ...', durationOption);
}

/**
 * Opens a channel as an observer, which applies no back pressure.
 * @throws RingwireError what opening a channel throws; `TIMEOUT` when it was did not appear in time
 */
export function openWaiting(
  { root, id }: ChannelName,
  options: OpeningOptions,
  reading: Parameters<typeof openReader>[2],
  signal: AbortSignal,
): Promise<Reader> {
  const { wait, waitAtMost, giveUp } = options;
  const timeout = giveUp === 'never' ? 'never' : 'plain';
  const attempt = () => openReader(root, id, { timeout, observe: true, ...reading });
  if (!wait && waitAtMost === undefined) return Promise.resolve(attempt());
  return waitForChannel(attempt, { signal, timeoutMs: nanosToMillis(waitAtMost ?? 'never') }).catch(
    (error) => {
      throw isNotThere(error)
        ? new RingwireError('TIMEOUT', `it did not appear in time: ${error.message}`, { cause: error })
        : error;
    },
  );
}

/** Moves to the first record to read. @throws RingwireError `INVALID_POSITION` */
export async function beginAt(reader: Reader, from: From, signal: AbortSignal): Promise<void> {
  if (from === 'now') await skipToEnd(reader, signal);
  else if (from !== 'start') reader.moveTo(from);
}

function fromOption(text: string): From {
  if (text === 'start' || text === 'now') return text;
  try {
    return positionOption(text);
  } catch {
    throw new InvalidArgumentError('It must be start, now, or the position of a record in bytes.');
  }
}

function isNotThere(error: unknown): error is RingwireError {
  const codes = ['STORAGE_NOT_FOUND', 'STORAGE_NOT_READY'];
  return error instanceof RingwireError && codes.includes(error.code);
}
