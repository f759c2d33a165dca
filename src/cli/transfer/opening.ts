/** Opens a channel to read, immediately or when it exists; starts at its beginning, at its end, or at a position. */
import { type Command, InvalidArgumentError } from 'commander';
import { moveToLast, openReader, type Reader, waitForChannel } from '../../channel/index.js';
import { RingwireError } from '../../platform/index.js';
import type { ChannelAddress } from '../channel-argument.js';
import { type Duration, durationOption, nanosToMillis } from '../quantities.js';
import type { GiveUp } from './following.js';

/** The first record to read: `start`, `now`, or a position in bytes. */
export type From = number | 'start' | 'now';

/** The options `--wait`, `--wait-at-most` and `--give-up`. */
export interface OpeningOptions {
  readonly wait?: boolean;
  readonly waitAtMost?: Duration;
  readonly giveUp: GiveUp;
}

/** The option `--from`. */
export interface FromOption {
  readonly from: From;
}

/** Adds the option `--from`. */
export function takesFrom(command: Command): Command {
  return command.option(
    '--from <where>',
    'first record: start, now, or a record position',
    fromOption,
    'start',
  );
}

/** Adds the options `--wait` and `--wait-at-most`. */
export function takesWaiting(command: Command): Command {
  return command
    .option('-w, --wait', 'wait for a channel that does not exist yet')
    .option(
      '--wait-at-most <duration>',
      'wait at most this long: 10s, 2m, ... (default: no limit)',
      durationOption,
    );
}

/**
 * Opens a channel as an observer, which applies no back pressure.
 * @throws RingwireError as opening a channel does; `TIMEOUT` when the channel does not appear in time
 */
export function openWaiting(
  { root, key }: ChannelAddress,
  options: OpeningOptions,
  reading: Parameters<typeof openReader>[2],
  signal: AbortSignal,
): Promise<Reader> {
  const timeout = options.giveUp === 'never' ? 'never' : 'plain';
  return waitIfAsked(() => openReader(root, key, { timeout, observe: true, ...reading }), options, signal);
}

/**
 * The result of `attempt`, which is repeated while a channel is missing if the options ask for that.
 * @throws RingwireError the errors of `attempt`; `TIMEOUT` when the channel does not appear in time
 */
export async function waitIfAsked<T>(
  attempt: () => T,
  { wait, waitAtMost }: Pick<OpeningOptions, 'wait' | 'waitAtMost'>,
  signal: AbortSignal,
): Promise<T> {
  if (!wait && waitAtMost === undefined) return attempt();
  try {
    return await waitForChannel(attempt, { signal, timeoutMs: nanosToMillis(waitAtMost ?? 'never') });
  } catch (error) {
    if (!isNotThere(error)) throw error;
    throw new RingwireError('TIMEOUT', `the channel did not appear in time: ${error.message}`, {
      cause: error,
    });
  }
}

/** Moves to the first record to read. @throws RingwireError `INVALID_POSITION` */
export async function beginAt(reader: Reader, from: From, signal: AbortSignal): Promise<void> {
  if (from === 'now') await moveToLast(reader, 0, { signal });
  else if (from !== 'start') reader.moveTo(from);
}

/** Parses the value of `--from`. */
export function fromOption(text: string): From {
  if (text === 'start' || text === 'now') return text;
  const position = /^\d+(_\d+)*$/.test(text) ? Number(text.replaceAll('_', '')) : Number.NaN;
  if (Number.isSafeInteger(position)) return position;
  throw new InvalidArgumentError('It must be start, now, or a record position in bytes.');
}

function isNotThere(error: unknown): error is RingwireError {
  const codes = ['STORAGE_NOT_FOUND', 'STORAGE_NOT_READY'];
  return error instanceof RingwireError && codes.includes(error.code);
}
