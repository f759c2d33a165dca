/** The output of `ringwire hz`: a line per second, and a summary. */
import { perSecond } from '../../channel/index.js';
import type { Distribution, Rates } from '../rates/rate-meter.js';
import { coloursFor } from './colours.js';
import { bytes, count, duration, rate } from './quantities.js';
import { renderFields } from './table.js';

/** A line of 79 columns. */
const WIDTHS = [12, 11, 21, 28, 7];
const HEAD = ['records', 'bytes', 'bytes p50 p99 max', 'gap p50 p99 max', 'lost'];

/** The headline of the columns. */
export function rateHeadline(): string {
  return `${coloursFor(process.stdout).dim(columns(HEAD))}\n`;
}

/** The line of one second. */
export function rateLine(rates: Rates): string {
  const { seconds, records, lost, sizes, gaps } = rates;
  const { red } = coloursFor(process.stdout);
  const line = columns([
    rate(perSecond(records, seconds), 'records').replace(' records', ''),
    `${bytes(perSecond(rates.bytes, seconds)).replace('bytes', 'B')}/s`,
    records === 0 ? '-' : inOrder(sizes, count),
    records === 0 ? '-' : inOrder(gaps, nanos),
    count(lost),
  ]);
  return `${lost > 0 ? red(line) : line}\n`;
}

/** The summary of the whole run. `channel`: the label of the channel. */
export function renderRateSummary(channel: string, rates: Rates): string {
  const { seconds, records, lost, sizes, gaps } = rates;
  const fields: [string, string][] = [
    ['channel', `${channel}, for ${duration(seconds * 1000)}`],
    ['records', `${count(records)}, ${rate(perSecond(records, seconds), 'records')}`],
    ['payload', `${bytes(rates.bytes)}, ${bytes(perSecond(rates.bytes, seconds))}/s`],
    ['size', records === 0 ? 'no record came' : `${words(sizes, count)} bytes`],
    ['gap', records === 0 ? 'no record came' : words(gaps, nanos)],
    ['lost', count(lost)],
  ];
  return `${renderFields(fields)}\n`;
}

function words({ min, p50, p99, max }: Distribution, show: (value: number) => string): string {
  return `min ${show(min)}, p50 ${show(p50)}, p99 ${show(p99)}, max ${show(max)}`;
}

function inOrder({ p50, p99, max }: Distribution, show: (value: number) => string): string {
  return `${show(p50)} ${show(p99)} ${show(max)}`;
}

function nanos(value: number): string {
  return duration(value / 1e6);
}

function columns(cells: readonly string[]): string {
  return cells.map((cell, i) => cell.padStart(WIDTHS[i] as number)).join('');
}
