/** `ringwire top`: all channels below a root folder, with rates, levels and readers, live or once. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type ChannelSample, RootSampler } from '../../../metrics/index.js';
import { delay, onAbort, setting } from '../../../platform/index.js';
import { type RootOptions, rootFolder, takesRoot } from '../../channel-argument.js';
import { Interruption } from '../../interruption.js';
import { printJson, printNote, printText } from '../../print.js';
import { type Duration, durationOption, nanosToMillis } from '../../quantities.js';
import { coloursFor } from '../../rendering/colours.js';
import { topTable } from '../../rendering/top-table.js';
import { RateHistory } from './rate-history.js';
import { TopScreen } from './top-screen.js';

interface TopOptions extends RootOptions {
  readonly interval: Duration;
  readonly json?: boolean;
}

const SHORTEST_MILLIS = 50;

/** Adds the command to the program. */
export function registerTop(program: Command): void {
  const command = program
    .command('top')
    .description('show all channels below a root folder, with rates and readers');
  takesRoot(command.argument('[root]', 'same as --root'))
    .addOption(
      new Option('-i, --interval <duration>', 'time between two samples')
        .argParser(intervalOption)
        .default(durationOption('1s'), '1s'),
    )
    .option('--json', 'take two samples, print JSON and end')
    .addHelpText('after', HELP)
    .action(top);
}

const HELP = `
Keys: q quits; arrows, j, k, space and b scroll. Without a terminal it takes
two samples and prints a table. Each reader of a ring has a line: its lag as a
share of the capacity, and how often it was lapped. The level is the used share
of a log; for a ring, the unread share of the slowest reader that blocks its
writer.`;

async function top(rootArgument: string | undefined, options: TopOptions): Promise<void> {
  using interruption = new Interruption();
  const { signal } = interruption;
  const root = rootArgument ?? rootFolder(options);
  const mayBeMissing = rootArgument === undefined && options.root === undefined;
  using sampler = new RootSampler(root, mayBeMissing);
  const intervalMillis = nanosToMillis(options.interval) ?? SHORTEST_MILLIS;
  if (options.json || !process.stdout.isTTY || setting('TERM') === 'dumb') {
    await once(sampler, intervalMillis, options.json ?? false, signal);
  } else await live(sampler, intervalMillis, signal);
  process.exitCode = interruption.exitCode;
}

function live(sampler: RootSampler, intervalMillis: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const screen = new TopScreen(sampler, intervalMillis, quit);
    onAbort(signal, () => quit());

    function quit(error?: unknown): void {
      screen[Symbol.dispose]();
      if (error === undefined) resolve();
      else reject(error);
    }
  });
}

/** Reads logs to their ends, and samples again after the interval to get rates. */
async function once(
  sampler: RootSampler,
  intervalMillis: number,
  json: boolean,
  signal: AbortSignal,
): Promise<void> {
  const history = new RateHistory();
  sampler.sample(Number.POSITIVE_INFINITY);
  if (!(await delay(intervalMillis, signal))) return;
  const samples = sampler.sample(Number.POSITIVE_INFINITY);
  history.add(samples);
  if (json) printJson(samples.map(asJson));
  else if (samples.length === 0) printNote(`no channels below ${sampler.root}`);
  else
    printText(
      `${topTable(samples, history, Number.POSITIVE_INFINITY, coloursFor(process.stdout)).join('\n')}\n`,
    );
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

function intervalOption(text: string): Duration {
  const interval = durationOption(text);
  const millis = nanosToMillis(interval);
  if (millis !== undefined && millis >= SHORTEST_MILLIS) return interval;
  throw new InvalidArgumentError(`It must be at least ${SHORTEST_MILLIS}ms.`);
}
