/** `ringwire ctl managers`: the managers of this user that run. */
import path from 'node:path';
import type { Command } from 'commander';
import {
  ControlClient,
  type LiveManager,
  liveManagers,
  SOCKET_NAME,
  type WireEntry,
} from '../../../control/index.js';
import { printJson, printText } from '../../print.js';
import { uptimeText } from '../../rendering/ctl/process-list.js';
import { type Column, fittingTable, tableOptions } from '../../rendering/fitting-table.js';

interface ListedManager extends LiveManager {
  /** Milliseconds since it registered. */
  readonly uptime: number;
  /** All its processes; null when it does not answer. */
  readonly processes: number | null;
  /** Those that run. */
  readonly running: number | null;
}

const COLUMNS: readonly Column<ListedManager>[] = [
  { title: 'FOLDER', cell: ({ runtimeDir }) => runtimeDir },
  { title: 'PID', cell: ({ pid }) => String(pid), right: true },
  { title: 'UPTIME', cell: ({ uptime }) => uptimeText(uptime), right: true, keep: 2 },
  {
    title: 'RUNNING',
    cell: ({ running, processes }) => (processes === null ? 'no answer' : `${running} of ${processes}`),
    paint: (text, { running, processes }, { green, yellow, red }) =>
      (processes === null ? red : running === processes ? green : yellow)(text),
  },
  { title: 'CONFIGURATION', cell: ({ configuration }) => configuration, keep: 1, shrinksTo: 14 },
];

/** Adds the command to its group. */
export function registerCtlManagers(ctl: Command): void {
  ctl
    .command('managers')
    .description('list the managers of this user that run')
    .option('--json', 'print JSON')
    .action(managers);
}

async function managers({ json }: { json?: boolean }): Promise<void> {
  const listed = await Promise.all(liveManagers().map(ask));
  if (json) printJson(listed);
  else if (listed.length === 0) printText('no managers run\n');
  else printText(fittingTable(COLUMNS, listed, tableOptions()));
}

async function ask(manager: LiveManager): Promise<ListedManager> {
  const entries = await entriesOf(manager.runtimeDir);
  return {
    ...manager,
    uptime: Math.max(0, Date.now() - manager.startedAt),
    processes: entries?.length ?? null,
    running: entries?.filter(({ state }) => state === 'running').length ?? null,
  };
}

async function entriesOf(runtimeDir: string): Promise<readonly WireEntry[] | null> {
  try {
    using client = await ControlClient.dial(path.join(runtimeDir, SOCKET_NAME));
    return await client.list();
  } catch {
    // It is ending, stopped or busy: it is listed without its processes.
    return null;
  }
}
