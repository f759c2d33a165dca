/** The options that say how much is read: so many records, or for so long. */
import type { Command } from 'commander';
import { type Duration, durationOption, wholeNumberOption } from '../quantities.js';

export interface CountOption {
  readonly count?: number;
}

export interface LimitOptions extends CountOption {
  readonly duration: Duration;
}

/** Adds the option `--count`. */
export function takesCount(command: Command): Command {
  return command.option(
    '-n, --count <records>',
    'end after so many records',
    wholeNumberOption(1, Number.MAX_SAFE_INTEGER),
  );
}

/** Adds the options `--duration` and `--count`. */
export function takesLimits(command: Command): Command {
  return takesCount(
    command.option('-d, --duration <duration>', 'end after 10s, 1m, ...', durationOption, 'never'),
  );
}
