/** The options that limit how much is read: a number of records, or a time. */
import type { Command } from 'commander';
import { type Duration, durationOption, wholeNumberOption } from '../quantities.js';

/** The option `--limit`; undefined means no limit. */
export interface LimitOption {
  readonly limit?: number;
}

/** The options `--limit` and `--duration`. */
export interface LimitOptions extends LimitOption {
  readonly duration: Duration;
}

/** Adds the option `--limit`. */
export function takesLimit(command: Command): Command {
  return command.option(
    '--limit <records>',
    'stop after this many records (default: no limit)',
    wholeNumberOption(1, Number.MAX_SAFE_INTEGER),
  );
}

/** Adds the options `--duration` and `--limit`. */
export function takesLimits(command: Command): Command {
  return takesLimit(
    command.option(
      '-d, --duration <duration>',
      'stop after this time: 10s, 1m, ...',
      durationOption,
      'never',
    ),
  );
}
