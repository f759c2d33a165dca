/** `ringwire aeron stat`: the counters of a driver, once or again and again. */
import { type Command, Option } from 'commander';
import { CncFile } from '../../../aeron/index.js';
import { delay, setting } from '../../../platform/index.js';
import { Interruption } from '../../interruption.js';
import { printJson, printJsonLine, printText } from '../../print.js';
import { DEFAULT_INTERVAL, intervalOption } from '../../quantities.js';
import { renderStat } from '../../rendering/aeron-texts.js';
import { showList } from '../../screen/show-list.js';
import { type CounterFilter, filteredCounters, takesCounterFilter } from './counter-filter.js';
import { CounterRates, counterList } from './counter-list.js';
import { type DirectoryOptions, takesDirectory } from './options.js';

interface StatOptions extends DirectoryOptions, CounterFilter {
  readonly watch?: boolean;
  /** Milliseconds between two samples. */
  readonly interval: number;
  readonly json?: boolean;
}

/** Adds the command to its group. */
export function registerStat(group: Command): void {
  const command = takesDirectory(group.command('stat'))
    .description('print the counters of the driver, as AeronStat does')
    .option('-w, --watch', 'print them again and again; on a terminal a screen with keys')
    .addOption(
      new Option('-i, --interval <duration>', 'time between two samples of --watch')
        .argParser(intervalOption)
        .default(DEFAULT_INTERVAL, '1s'),
    );
  takesCounterFilter(command)
    .option('--json', 'print JSON; 64-bit numbers are strings; with --watch a line for each sample')
    .addHelpText('after', HELP)
    .action(stat);
}

const HELP = `
Keys of --watch: s sorts by the next figure, / filters, Enter shows the details
of a counter, ? explains keys and columns, q quits.`;

async function stat(options: StatOptions): Promise<void> {
  if (!options.watch) {
    print(options, printJson);
    return;
  }
  using interruption = new Interruption();
  interruption.endWithOutput();
  const { signal } = interruption;
  if (options.json || !process.stdout.isTTY || setting('TERM') === 'dumb') {
    do print(options, printJsonLine);
    while (await delay(options.interval, signal));
  } else await live(options, signal);
  process.exitCode = interruption.exitCode;
}

function print(options: StatOptions, printAsJson: (value: unknown) => void): void {
  using file = CncFile.open(options.directory, options);
  const counters = filteredCounters(file.counters, options);
  if (!options.json) printText(renderStat(file, counters, Date.now()));
  else {
    const { header, driverHeartbeat: heartbeat } = file;
    printAsJson({ header, heartbeat, counters: counters.map(withoutKey) });
  }
}

function live(options: StatOptions, signal: AbortSignal): Promise<void> {
  const rates = new CounterRates();
  const sample = () => {
    // A driver that restarted has another file.
    using file = CncFile.open(options.directory, options);
    const heartbeat = file.driverHeartbeat;
    const age = heartbeat < 0n ? 'shut down' : `heartbeat age ${Date.now() - Number(heartbeat)} ms`;
    return {
      rows: rates.rowsOf(filteredCounters(file.counters, options)),
      about: `${age}  pid ${file.header.pid}  ${options.directory}`,
    };
  };
  return showList({ content: counterList(rates), intervalMillis: options.interval, signal, sample });
}

function withoutKey({ key, ...counter }: { readonly key: Buffer }): object {
  return { ...counter, key: key.toString('hex') };
}
