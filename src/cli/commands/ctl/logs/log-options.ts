/** The options of `ringwire ctl logs`. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { parseNanoseconds, QuantityError } from '../../../../platform/index.js';
import { sinceOption } from '../../../since-option.js';
import { type CtlOptions, talksToManager } from '../ctl-action.js';

/** The largest count that every published server accepts. */
const MAX_LINES = 2 ** 31 - 1;

const STREAMS = { stdout: [0], stderr: [1], all: [0, 1] } as const;

/** What the options say. */
export interface LogsOptions extends CtlOptions {
  readonly stream: (typeof STREAMS)[keyof typeof STREAMS];
  readonly follow?: boolean;
  /** Unix nanoseconds; 0n means no limit. */
  readonly since?: bigint;
  /** Unix nanoseconds. */
  readonly until?: bigint;
  readonly lines?: number;
  readonly grep?: RegExp;
  readonly timestamps?: boolean;
  readonly raw?: boolean;
}

/** Adds the options. */
export function takesLogsOptions(command: Command): Command {
  return talksToManager(command)
    .addOption(
      new Option('--stream <name>', 'stdout, stderr or all')
        .default(STREAMS.all, 'all')
        .argParser(streamOption),
    )
    .option('-f, --follow', 'continue with new output until the manager ends')
    .option('--since <when>', 'only output from then on: 10m ago, or 2026-11-26T20:15', logsSinceOption)
    .option('--until <when>', 'only output until then', untilOption)
    .option('-n, --lines <count>', 'only this many last lines (default: no limit)', linesOption)
    .option('--grep <pattern>', 'only lines that match this regular expression', patternOption)
    .option('-t, --timestamps', 'print the date and time of each line')
    .option('--raw', 'keep control characters on a terminal')
    .option('--json', 'print a JSON object for each line, or for each piece in base64');
}

/** An empty text means all, as in the original. */
function streamOption(text: string): LogsOptions['stream'] {
  const name = text || 'all';
  if (Object.hasOwn(STREAMS, name)) return STREAMS[name as keyof typeof STREAMS];
  throw new InvalidArgumentError('It must be stdout, stderr or all.');
}

/** 0 and less mean no limit, as in the original. */
function linesOption(text: string): number {
  const count = Number(text);
  if (/^[+-]?\d+$/.test(text) && Number.isSafeInteger(count)) return Math.min(Math.max(0, count), MAX_LINES);
  throw new InvalidArgumentError('It must be a whole number.');
}

/** 0 and negative durations mean no limit (0n), as in the original, which takes durations only. */
function logsSinceOption(text: string): bigint {
  try {
    if (parseNanoseconds(text.replace(/^[+-]/, '')) === 0n || text.startsWith('-')) return 0n;
  } catch (error) {
    if (!(error instanceof QuantityError)) throw error;
  }
  return millisToNanos(sinceOption(text.replace(/^\+/, '')));
}

function untilOption(text: string): bigint {
  return millisToNanos(sinceOption(text));
}

function patternOption(text: string): RegExp {
  try {
    return new RegExp(text, 'u');
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}

function millisToNanos(millis: number): bigint {
  return BigInt(millis) * 1_000_000n;
}
