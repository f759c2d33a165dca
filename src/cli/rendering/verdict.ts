/** The output of `ringwire verify`. */
import type { ChannelReport } from '../../channel/index.js';
import { reportFields } from './channel-status.js';
import { coloursFor } from './colours.js';
import { renderFields } from './table.js';

/** `damaged`: the data is wrong. `unreadable`: the channel cannot be opened. */
export type Verdict = 'sound' | 'damaged' | 'unreadable';

/** The verdict and the report as fields. */
export function renderVerdict(verdict: Verdict, report: ChannelReport): string {
  const colours = coloursFor(process.stdout);
  const word = verdict === 'sound' ? colours.green(verdict) : colours.red(verdict);
  const fields: [string, string][] = [['verdict', word], ...reportFields(report)];
  if (report.error !== null)
    fields.push(['error', colours.red(`${report.error.code}: ${report.error.message}`)]);
  return `${renderFields(fields, colours)}\n`;
}
