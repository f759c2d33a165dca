/** What a reload changes, as `ctl reload` prints it. */
import type { ReloadChange, ReloadReport } from '../../../control/index.js';
import { type Colours, coloursFor } from '../colours.js';
import { printable } from '../printable.js';
import { columns } from '../process-table.js';

const SIGNS = { start: '+', stop: '-', restart: '~', scale: '~', unchanged: ' ' } as const;
const COLOURS = {
  start: 'green',
  stop: 'red',
  restart: 'yellow',
  scale: 'yellow',
  unchanged: 'dim',
} as const;

/** One line for each process: a sign, its id, the action, and the keys that differ. */
export function reloadText({ changes }: ReloadReport): string {
  const colours: Colours = coloursFor(process.stdout);
  const lines = columns(changes.map(row)).split('\n').slice(0, -1);
  return lines.map((line, i) => `${colours[COLOURS[(changes[i] as ReloadChange).action]](line)}\n`).join('');
}

/** How many processes change, in words; null when none does. */
export function reloadSummary({ changes }: ReloadReport): string | null {
  const parts = (['start', 'stop', 'restart', 'scale'] as const)
    .map((action) => [changes.filter((change) => change.action === action).length, action] as const)
    .filter(([count]) => count > 0)
    .map(([count, action]) => `${count} to ${action}`);
  return parts.length === 0 ? null : parts.join(', ');
}

function row({ id, action, keys }: ReloadChange): string[] {
  const details = keys.length === 0 ? action : `${action}: ${keys.join(', ')}`;
  return [SIGNS[action], id, details].map(printable);
}
