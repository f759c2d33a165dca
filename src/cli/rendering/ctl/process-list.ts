/** The tables of `ctl list` and `ctl run`: processes with state, use of the machine and last exit. */
import type { WireEntry } from '../../../control/index.js';
import type { Colours } from '../colours.js';
import { type Column, fittingTable, type TableOptions } from '../fitting-table.js';
import { size } from '../quantities.js';

const NONE = '-';
const ALIVE = new Set(['starting', 'running', 'stopping']);

const ID: Column<WireEntry> = { title: 'ID', cell: ({ id }) => id, shrinksTo: 12 };
const STATE: Column<WireEntry> = {
  title: 'STATE',
  cell: ({ state }) => state,
  paint: (text, { state }, colours) => stateColour(state, colours)(text),
};
const PID: Column<WireEntry> = {
  title: 'PID',
  cell: (entry) => (isAlive(entry) ? String(entry.pid) : NONE),
  right: true,
  keep: 7,
};
const LAST_EXIT: Column<WireEntry> = { title: 'LAST EXIT', cell: lastExit, keep: 2, shrinksTo: 16 };

/** In the order of the screen. The first four are those of the original command. */
const LIST: readonly Column<WireEntry>[] = [
  ID,
  { title: 'NAME', cell: ({ name }) => name, keep: 1 },
  STATE,
  PID,
  { title: 'RESTARTS', cell: ({ restarts }) => String(restarts ?? NONE), right: true, keep: 5 },
  { title: 'UPTIME', cell: ({ uptime }) => uptimeText(uptime), right: true, keep: 6 },
  {
    title: 'CPU',
    cell: ({ cpu }) => (cpu === undefined ? NONE : `${(cpu / 100).toFixed(1)}%`),
    right: true,
    keep: 3,
  },
  {
    title: 'MEMORY',
    cell: (entry) => (isAlive(entry) && entry.rss > 0 ? size(Number(entry.rss)) : NONE),
    right: true,
    keep: 4,
  },
  LAST_EXIT,
];

/** The table of `ctl list`. */
export function processList(entries: readonly WireEntry[], options: TableOptions): string {
  return fittingTable(LIST, entries, options);
}

/** The table that `ctl run` prints when all processes have been started. */
export function startTable(entries: readonly WireEntry[], options: TableOptions): string {
  return fittingTable([ID, STATE, PID, LAST_EXIT], entries, options);
}

/** `3d4h`, `2h5m`, `1m30s`, `12s` from milliseconds; `-` without a run. */
export function uptimeText(millis: number | undefined): string {
  if (millis === undefined) return NONE;
  const seconds = Math.floor(millis / 1000);
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m${seconds % 60}s`;
  const hours = Math.floor(seconds / 3600);
  if (hours < 24) return `${hours}h${Math.floor((seconds % 3600) / 60)}m`;
  return `${Math.floor(hours / 24)}d${hours % 24}h`;
}

/** The color of a state. */
export function stateColour(state: string, { green, yellow, red, dim }: Colours): (text: string) => string {
  if (state === 'running') return green;
  if (state === 'crashed' || state === 'failed') return red;
  return state === 'stopped' || state === 'pending' ? dim : yellow;
}

/** Whether a child lives. A manager of cliwrap reports no uptime. */
export function isAlive({ state, pid, uptime, restarts }: WireEntry): boolean {
  return pid > 0 && (restarts === undefined ? ALIVE.has(state) : uptime !== undefined);
}

/** How the last run ended. Managers without `ended` report code and signal of a run that has ended. */
export function lastExit({ ended, exit, signal }: WireEntry): string {
  if (ended !== undefined) return ended;
  return signal ?? (exit === undefined ? NONE : `exit ${exit}`);
}
