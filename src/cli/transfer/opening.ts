/** Opening a channel to read on: at once, or waiting for it to be there; from its beginning, from now, or in between. */
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
    .option('-w, --wait', 'wait for a channel that is not there yet')
    .option('--wait-at-most <duration>', 'the same, but give up after 10s, 2m, ...', durationOption);
}

/**
 * Opens a channel without holding its writer.
 * @throws RingwireError what opening a channel throws; `TIMEOUT` when it was waited for in vain
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
        ? new RingwireError('TIMEOUT', `waited in vain: ${error.message}`, { cause: error })
        : error;
    },
  );
}

/** @throws RingwireError `INVALID_POSITION` */
export function beginAt(reader: Reader, from: From): void {
  if (from === 'now') skipToEnd(reader);
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
