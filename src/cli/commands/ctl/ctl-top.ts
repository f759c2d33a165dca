/** `ringwire ctl top`: what the processes of a manager use, every second on a terminal. */
import type { Command } from 'commander';
import type { ControlClient, WireEntry } from '../../../control/index.js';
import { setting } from '../../../platform/index.js';
import { Interruption } from '../../interruption.js';
import { printJson, printText } from '../../print.js';
import { coloursFor } from '../../rendering/colours.js';
import { fitColumns } from '../../screen/fitted-columns.js';
import { LastMinute } from '../../screen/last-minute.js';
import { showList } from '../../screen/show-list.js';
import { type CtlOptions, talksToManager, withManager } from './ctl-action.js';
import { topList } from './top-list.js';

const INTERVAL_MILLIS = 1000;

/** Adds the command to its group. */
export function registerCtlTop(ctl: Command): void {
  talksToManager(ctl.command('top'))
    .description('show memory and CPU of all processes, every second on a terminal')
    .option('--json', 'print JSON once')
    .addHelpText('after', HELP)
    .action((options: CtlOptions) => withManager(options, (client) => top(client, options)));
}

const HELP = `
Keys: s sorts by the next figure, / filters, Enter shows the details of a
process, ? explains keys and columns, q quits; arrows, j, k, space and b move.
Without a terminal it prints the table once.`;

async function top(client: ControlClient, { json }: CtlOptions): Promise<void> {
  if (json) printJson(await client.list());
  else if (process.stdout.isTTY && setting('TERM') !== 'dumb') await live(client);
  else printText(`${tableOf(await client.list()).join('\n')}\n`);
}

async function live(client: ControlClient): Promise<void> {
  using interruption = new Interruption();
  const cpu = new LastMinute();
  const memory = new LastMinute();
  const sample = async () => {
    const rows = await client.list();
    cpu.add(rows.map((row) => [row.id, row.cpu ?? null]));
    memory.add(rows.map((row) => [row.id, Number(row.rss)]));
    return { rows, about: client.path };
  };
  const content = topList({ cpu, memory });
  await showList({ content, intervalMillis: INTERVAL_MILLIS, signal: interruption.signal, sample });
  process.exitCode = interruption.exitCode;
}

function tableOf(entries: readonly WireEntry[]): string[] {
  const colours = coloursFor(process.stdout);
  const { columns, lines } = topList({ cpu: new LastMinute(), memory: new LastMinute() });
  const table = { columns, lines: entries.flatMap((entry) => lines(entry, colours)) };
  return fitColumns(table, Number.POSITIVE_INFINITY, colours);
}
