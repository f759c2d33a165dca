/** The options that limit how much is read: a number of records, or a time. */
import type { Command } from 'commander';
import { type Duration, durationOption, wholeNumberOption } from '../quantities.js';

/** The option `--count`; undefined means no limit. */
export interface CountOption {
  readonly count?: number;
}

/** The options `--count` and `--duration`. */
export interface LimitOptions extends CountOption {
  readonly duration: Duration;
}

/** Adds the option `--count`. */
export function takesCount(command: Command): Command {
  return command.option(
    '-n, --count <records>',
    'stop after this many records (default: no limit)',
    wholeNumberOption(1, Number.MAX_SAFE_INTEGER),
  );
}

/** Adds the options `--duration` and `--count`. */
export function takesLimits(command: Command): Command {
  return takesCount(
    command.option(
      '-d, --duration <duration>',
      'stop after this time: 10s, 1m, ...',
      durationOption,
      'never',
    ),
  );
}
