/** `ringwire ctl logs`: the output of one process as it is, or lines of several. */
import type { Command } from 'commander';
import type { ControlClient, LogStream } from '../../../../control/index.js';
import { Interruption } from '../../../interruption.js';
import { BytePrinter } from '../../../print.js';
import { withManager } from '../ctl-action.js';
import { LineLogs } from './line-logs.js';
import { LinePrinter } from './line-printer.js';
import { type LogsOptions, takesLogsOptions } from './log-options.js';

/** Adds the command to its group. */
export function registerCtlLogs(ctl: Command): void {
  takesLogsOptions(ctl.command('logs [id...]'))
    .description('print the output of a process, its stderr to stderr; of all or several, merged')
    .action(logs);
}

async function logs(ids: readonly string[], options: LogsOptions): Promise<void> {
  const [id, ...others] = ids;
  const isByLines = options.grep !== undefined || options.until !== undefined || options.timestamps;
  using interruption = new Interruption();
  interruption.endWithOutput();
  const { signal } = interruption;
  await withManager(options, async (client) => {
    if (id === undefined || others.length > 0 || isByLines) await byLines(client, ids, options, signal);
    else
      await Promise.all(inTurn(options).map((streams) => asItIs(client, id, { options, streams, signal })));
  });
}

/** Kept output comes one stream after the other, as in the original. Both streams are followed at once. */
function inTurn({ stream, follow }: LogsOptions): readonly (readonly LogStream[])[] {
  return follow ? stream.map((each) => [each]) : [stream];
}

async function byLines(
  client: ControlClient,
  ids: readonly string[],
  options: LogsOptions,
  signal: AbortSignal,
): Promise<void> {
  const { stream, since = 0n, until, grep, lines = 0, follow = false } = options;
  const { raw = false, json = false, timestamps = false } = options;
  const printer = new LinePrinter({ named: ids.length !== 1, timestamps, raw, json, signal });
  const choice = { ids, streams: stream, since, until, grep, lines, follow };
  using lineLogs = new LineLogs(client, choice, printer, signal);
  await lineLogs.run();
}

async function asItIs(
  client: ControlClient,
  id: string,
  { options, streams, signal }: { options: LogsOptions; streams: readonly LogStream[]; signal: AbortSignal },
): Promise<void> {
  const { follow = false, lines = 0, since = 0n, json = false, raw = false } = options;
  for (const stream of streams) {
    const chunks = client.logs(id, { stream, signal, follow, lines, since });
    const name = stream === 0 ? 'stdout' : 'stderr';
    const printer = new BytePrinter(json ? process.stdout : process[name], raw || json, signal);
    for await (const chunk of chunks) await printer.print(json ? jsonLine(name, chunk) : chunk);
    await printer.end();
  }
}

/** The bytes as base64, since a piece may end inside a character. */
function jsonLine(stream: string, chunk: Buffer): Buffer {
  return Buffer.from(`${JSON.stringify({ stream, data: chunk.toString('base64') })}\n`);
}
