/** Tables of processes, in the columns of the original command. */
import type { WireEntry } from '../../control/index.js';
import { printable } from './printable.js';

/** Pads columns to their widest cell, with two blanks between. */
export function columns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => (row[i] ?? '').length)));
  const line = (row: readonly string[]) =>
    row.map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd(widths[i] ?? 0))).join('  ');
  return rows.map((row) => `${line(row)}\n`).join('');
}

/** The table of `ctl list`. */
export function processTable(entries: readonly WireEntry[]): string {
  const rows = entries.map(({ id, name, state, pid }) => [id, name, state, String(pid)].map(printable));
  return columns([['ID', 'NAME', 'STATE', 'PID'], ...rows]);
}

/** The fields of `ctl status`. */
export function processStatus(entry: WireEntry): string {
  const { id, name, state, pid, rss, restarts, exit, signal, uptime, cpu } = entry;
  const lines = [`ID:      ${id}`, `Name:    ${name}`, `State:   ${state}`, `ChildPID:${pid}`];
  // Fields that managers of cliwrap do not send come after those that they do.
  if (restarts !== undefined) lines.push(`RSS:     ${bytes(rss)}`, `Restarts:${restarts}`);
  if (cpu !== undefined) lines.push(`CPU:     ${(cpu / 100).toFixed(1)}%`);
  if (uptime !== undefined) lines.push(`Uptime:  ${duration(uptime)}`);
  if (exit !== undefined) lines.push(`Exit:    ${exit}`);
  if (signal !== undefined) lines.push(`Signal:  ${signal}`);
  return `${lines.map(printable).join('\n')}\n`;
}

function bytes(count: number | bigint): string {
  return `${(Number(count) / 2 ** 20).toFixed(1)}MiB`;
}

function duration(millis: number): string {
  const seconds = Math.floor(millis / 1000);
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m${seconds % 60}s`;
  return `${Math.floor(seconds / 3600)}h${Math.floor((seconds % 3600) / 60)}m`;
}
