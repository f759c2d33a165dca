/** The table of `ringwire ls`. */
import { channelLabel } from '../channel-argument.js';
import type { ChannelEntry } from '../listing/channel-entry.js';
import { fillOf, recordCounts, stateWord } from './channel-status.js';
import { coloursFor } from './colours.js';
import { age, count, counted, percent, size } from './quantities.js';
import { renderColumns } from './table.js';

const HEAD = ['channel', 'kind', 'state', 'records', 'fill', 'size', 'age', 'readers', 'owner'];
const NUMBERS = [3, 4, 5, 6, 7, 8];

/** One line for each channel, and a line with the totals. */
export function renderChannelTable(entries: readonly ChannelEntry[]): string {
  const colours = coloursFor(process.stdout);
  const rows = entries.map(({ channel, scan, bytes, ageMs, readers }) => {
    const { header, owner, kind } = scan;
    const fill = fillOf(scan);
    return [
      channelLabel(channel),
      kind ?? '',
      stateWord(scan.state, colours),
      header === null ? '' : count(recordCounts(scan).recordsWritten),
      fill === null ? '' : percent(fill),
      size(bytes),
      ageMs === null ? '' : age(ageMs),
      readers === null ? '' : String(readers),
      owner === null ? '' : String(owner.pid),
    ];
  });
  return `${renderColumns(HEAD, rows, NUMBERS)}\n${colours.dim(totalLine(entries))}\n`;
}

/** `3 channels: 1 alive, 2 closed; 96 MiB`. */
function totalLine(entries: readonly ChannelEntry[]): string {
  const states = new Map<string, number>();
  for (const { scan } of entries) states.set(scan.state, (states.get(scan.state) ?? 0) + 1);
  const words = [...states].map(([state, number]) => `${number} ${state}`).join(', ');
  const bytes = entries.reduce((sum, entry) => sum + entry.bytes, 0);
  return `${counted(entries.length, 'channel')}: ${words}; ${size(bytes)}`;
}
