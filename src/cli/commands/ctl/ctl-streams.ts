/** `ringwire ctl logs` and `events`. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { ControlClient } from '../../../control/index.js';
import { parseNanoseconds, reasonOf, systemClock } from '../../../platform/index.js';
import { Interruption } from '../../interruption.js';
import { BytePrinter, printJsonLine, printText } from '../../print.js';
import { eventLine } from '../../rendering/event-line.js';
import { type CtlOptions, talksToManager, withManager, wrongUsage } from './ctl-action.js';

/** The largest count that every published server accepts. */
const MAX_LINES = 2 ** 31 - 1;

interface LogsOptions extends CtlOptions {
  readonly stream: 'stdout' | 'stderr' | 'all';
  readonly follow?: boolean;
  readonly since?: string;
  readonly lines?: number;
  readonly raw?: boolean;
}

interface EventsOptions extends CtlOptions {
  readonly process?: string;
  readonly type?: string;
}

const STREAMS = { stdout: [0], stderr: [1], all: [0, 1] } as const;

/** Adds the commands to their group. */
export function registerCtlStreams(ctl: Command): void {
  talksToManager(ctl.command('logs <id>'))
    .description('print the kept output of a process, its stderr to stderr')
    .addOption(new Option('--stream <name>', 'stdout, stderr or all').default('all').argParser(streamOption))
    .option('-f, --follow', 'continue with new output; needs one stream')
    .option('--since <duration>', 'only output of the last 10s, 5m, 1h, ... (default: no limit)')
    .option('-n, --lines <count>', 'only this many last lines (default: no limit)', linesOption)
    .option('--raw', 'keep control characters on a terminal')
    .option('--json', 'print a JSON object for each piece: stream, and data in base64')
    .action(logs);
  talksToManager(ctl.command('events'))
    .description('print events as they happen, until the manager ends')
    .option('--process <ids>', 'only these processes, separated by commas')
    .option('--type <types>', 'only these types, separated by commas')
    .option('--json', 'print a JSON object for each event')
    .action(events);
}

/** An empty text means all, as in the original. */
function streamOption(text: string): keyof typeof STREAMS {
  const name = text || 'all';
  if (Object.hasOwn(STREAMS, name)) return name as keyof typeof STREAMS;
  throw new InvalidArgumentError('It must be stdout, stderr or all.');
}

/** 0 and less mean no limit, as in the original. */
function linesOption(text: string): number {
  const count = Number(text);
  if (/^[+-]?\d+$/.test(text) && Number.isSafeInteger(count)) return Math.min(Math.max(0, count), MAX_LINES);
  throw new InvalidArgumentError('It must be a whole number.');
}

/** The time from which output counts; undefined for no limit: 0 and negative durations, as in the original. */
function sinceOf(text: string | undefined): bigint | undefined {
  if (text === undefined) return undefined;
  const duration = parseNanoseconds(text.replace(/^[+-]/, ''));
  return duration === 0n || text.startsWith('-') ? undefined : systemClock.unixNanos() - duration;
}

async function logs(id: string, options: LogsOptions): Promise<void> {
  const streams = STREAMS[options.stream];
  if (options.follow && streams.length > 1)
    return wrongUsage('logs -f needs --stream stdout or --stream stderr');
  let since: bigint | undefined;
  try {
    since = sinceOf(options.since);
  } catch (error) {
    return wrongUsage(`--since ${reasonOf(error)}`);
  }
  using interruption = new Interruption();
  interruption.endWithOutput();
  const { signal } = interruption;
  await withManager(options, async (client) => {
    for (const stream of streams) {
      const chunks = client.logs(id, {
        stream,
        signal,
        follow: options.follow ?? false,
        lines: options.lines ?? 0,
        ...(since === undefined ? {} : { since }),
      });
      const name = stream === 0 ? 'stdout' : 'stderr';
      const { json = false, raw = false } = options;
      const printer = new BytePrinter(json ? process.stdout : process[name], raw || json, signal);
      for await (const chunk of chunks) await printer.print(json ? jsonLine(name, chunk) : chunk);
      await printer.end();
    }
  });
}

/** The bytes as base64, since a piece may end inside a character. */
function jsonLine(stream: string, chunk: Buffer): Buffer {
  return Buffer.from(`${JSON.stringify({ stream, data: chunk.toString('base64') })}\n`);
}

async function events(options: EventsOptions): Promise<void> {
  using interruption = new Interruption();
  interruption.endWithOutput();
  const { signal } = interruption;
  await withManager(options, async (client: ControlClient) => {
    const filter = { ids: split(options.process), types: split(options.type), signal };
    for await (const event of client.events(filter)) {
      if (options.json) printJsonLine(event);
      else printText(eventLine(event));
    }
  });
}

/** The parts of a list, without the blanks around them; empty parts do not count. */
function split(list = ''): string[] {
  return list
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
