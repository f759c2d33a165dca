/** `ringwire ctl logs` and `events`. */
import { once } from 'node:events';
import { type Command, Option } from 'commander';
import type { ControlClient, LogStream, ReceivedEvent } from '../../../control/index.js';
import { parseDuration } from '../../../supervisor/index.js';
import { Interruption } from '../../interruption.js';
import { printJsonLine, printText } from '../../print.js';
import { wholeNumberOption } from '../../quantities.js';
import { type CtlOptions, takesRuntimeDir, withManager, wrongUsage } from './ctl-action.js';

interface LogsOptions extends CtlOptions {
  readonly stream: 'stdout' | 'stderr' | 'all';
  readonly follow?: boolean;
  readonly since?: string;
  readonly lines?: number;
}

interface EventsOptions extends CtlOptions {
  readonly process?: string;
  readonly type?: string;
}

const STREAMS = { stdout: [0], stderr: [1], all: [0, 1] } as const;

export function registerCtlStreams(ctl: Command): void {
  takesRuntimeDir(ctl.command('logs <id>'))
    .description('output of a process; what it wrote to stderr goes to stderr')
    .addOption(
      new Option('--stream <which>', 'which output').choices(['stdout', 'stderr', 'all']).default('all'),
    )
    .option('-f, --follow', 'go on with what comes; needs one stream')
    .option('--since <duration>', 'only what came in the last 10s, 5m, 1h, ...')
    .option('-n, --lines <count>', 'only the last lines', wholeNumberOption(1, 1_000_000_000))
    .option('--json', 'one JSON object for each piece: stream and data in base64')
    .action(logs);
  takesRuntimeDir(ctl.command('events'))
    .description('events as they happen, until the manager ends')
    .option('--process <ids>', 'only these processes, with commas between')
    .option('--type <types>', 'only these types, with commas between')
    .option('--json', 'one JSON object a line')
    .action(events);
}

async function logs(id: string, options: LogsOptions): Promise<void> {
  const streams = STREAMS[options.stream];
  if (options.follow && streams.length > 1)
    return wrongUsage('logs -f needs --stream stdout or --stream stderr');
  const sinceMs = options.since === undefined ? undefined : parseDuration(options.since);
  if (sinceMs === null) return wrongUsage('--since takes a duration such as 10s or 1m30s');
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
        ...(sinceMs === undefined ? {} : { since: new Date(Date.now() - sinceMs) }),
      });
      for await (const chunk of chunks) await print(stream, chunk, options.json ?? false);
    }
  });
}

async function print(stream: LogStream, chunk: Buffer, json: boolean): Promise<void> {
  const output = stream === 0 || json ? process.stdout : process.stderr;
  const name = stream === 0 ? 'stdout' : 'stderr';
  const data = json ? `${JSON.stringify({ stream: name, data: chunk.toString('base64') })}\n` : chunk;
  if (!output.write(data)) await once(output, 'drain');
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

function split(list: string | undefined): string[] {
  return list === undefined ? [] : list.split(',').filter((part) => part !== '');
}

function eventLine({ date, type, id, summary, exit, signal, reason }: ReceivedEvent): string {
  const two = (value: number, width = 2) => String(value).padStart(width, '0');
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${two(date.getMilliseconds(), 3)}`;
  const why = [exit === undefined ? '' : `exit ${exit}`, signal ?? '', reason ?? ''].filter(
    (part) => part !== '',
  );
  const tail = why.length === 0 ? '' : ` (${why.join(', ')})`;
  return `${time}  ${type.padEnd(32)}  ${id.padEnd(20)}  ${summary}${tail}\n`;
}
