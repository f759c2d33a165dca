/** `ringwire top`: all channels below a root folder, with rates, levels and readers, live or once. */
import { type Command, Option } from 'commander';
import { type ChannelSample, RootSampler } from '../../../metrics/index.js';
import { delay, setting } from '../../../platform/index.js';
import { type RootOptions, rootFolder, takesRoot } from '../../channel-argument.js';
import { Interruption } from '../../interruption.js';
import { printJson, printNote, printText } from '../../print.js';
import { DEFAULT_INTERVAL, intervalOption } from '../../quantities.js';
import { coloursFor } from '../../rendering/colours.js';
import { fitColumns } from '../../screen/fitted-columns.js';
import { LastMinute } from '../../screen/last-minute.js';
import { showList } from '../../screen/show-list.js';
import { channelList } from './channel-list.js';

interface TopOptions extends RootOptions {
  /** Milliseconds between two samples. */
  readonly interval: number;
  readonly json?: boolean;
}

/** Milliseconds of each interval for reading logs. */
const BUDGET_MILLIS = 100;

/** Adds the command to the program. */
export function registerTop(program: Command): void {
  const command = program
    .command('top')
    .description('show all channels below a root folder, with rates and readers');
  takesRoot(command.argument('[root]', 'same as --root'))
    .addOption(
      new Option('-i, --interval <duration>', 'time between two samples')
        .argParser(intervalOption)
        .default(DEFAULT_INTERVAL, '1s'),
    )
    .option('--json', 'take two samples, print JSON and end')
    .addHelpText('after', HELP)
    .action(top);
}

const HELP = `
Keys: s sorts by the next figure, / filters, Enter shows the details of a
channel, ? explains keys and columns, q quits; arrows, j, k, space and b move.
Without a terminal it takes two samples and prints the table. Each reader of a
ring has a line: its lag in bytes and as a share of the capacity, and its lost
records. A narrow terminal shows fewer columns.`;

async function top(rootArgument: string | undefined, options: TopOptions): Promise<void> {
  using interruption = new Interruption();
  const { signal } = interruption;
  const root = rootArgument ?? rootFolder(options);
  const mayBeMissing = rootArgument === undefined && options.root === undefined;
  using sampler = new RootSampler(root, mayBeMissing);
  if (options.json || !process.stdout.isTTY || setting('TERM') === 'dumb') {
    await once(sampler, options.interval, options.json ?? false, signal);
  } else await live(sampler, options.interval, signal);
  process.exitCode = interruption.exitCode;
}

function live(sampler: RootSampler, intervalMillis: number, signal: AbortSignal): Promise<void> {
  const rates = new LastMinute();
  const sample = () => {
    const rows = sampler.sample(BUDGET_MILLIS);
    rates.add(ratesOf(rows));
    return { rows, about: sampler.root };
  };
  return showList({ content: channelList(rates), intervalMillis, signal, sample });
}

function ratesOf(samples: readonly ChannelSample[]): [path: string, recordsPerSecond: number | null][] {
  return samples.map(({ path, recordsPerSecond }) => [path, recordsPerSecond]);
}

/** Reads logs to their ends, and samples again after the interval to get rates. */
async function once(
  sampler: RootSampler,
  intervalMillis: number,
  json: boolean,
  signal: AbortSignal,
): Promise<void> {
  sampler.sample(Number.POSITIVE_INFINITY);
  if (!(await delay(intervalMillis, signal))) return;
  const samples = sampler.sample(Number.POSITIVE_INFINITY);
  if (json) printJson(samples.map(asJson));
  else if (samples.length === 0) printNote(`no channels below ${sampler.root}`);
  else printText(`${tableOf(samples).join('\n')}\n`);
}

function tableOf(samples: readonly ChannelSample[]): string[] {
  const rates = new LastMinute();
  rates.add(ratesOf(samples));
  const colours = coloursFor(process.stdout);
  const { columns, lines } = channelList(rates);
  const table = { columns, lines: samples.flatMap((sample) => lines(sample, colours)) };
  return fitColumns(table, Number.POSITIVE_INFINITY, colours);
}

function asJson({
  id,
  caughtUp: _,
  error,
  errorCode,
  readers,
  payloadBytesPerSecond,
  ...sample
}: ChannelSample): object {
  return {
    channelId: BigInt(id),
    ...sample,
    bytesPerSecond: payloadBytesPerSecond,
    readers: readers.map(({ lagBytes, ...reader }) => ({ ...reader, lag: lagBytes })),
    error: error === null ? null : { code: errorCode, message: error },
  };
}
