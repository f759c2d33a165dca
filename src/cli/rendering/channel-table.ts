/** The table of `ringwire ls`. */
import { channelLabel } from '../channel-argument.js';
import type { ChannelEntry } from '../listing/channel-entry.js';
import { type Column, fitColumns, terminalWidth } from '../screen/fitted-columns.js';
import { fillOf, recordCounts, stateWord } from './channel-status.js';
import { coloursFor } from './colours.js';
import { age, count, counted, percent, size } from './quantities.js';

/** What matters least is dropped first on a narrow terminal. */
const COLUMNS: readonly Column[] = [
  { title: 'channel', drop: 0, cut: 18 },
  { title: 'kind', drop: 3 },
  { title: 'state', drop: 0 },
  { title: 'records', right: true, drop: 0 },
  { title: 'fill', right: true, drop: 4 },
  { title: 'size', right: true, drop: 0 },
  { title: 'age', right: true, drop: 1 },
  { title: 'readers', right: true, drop: 5 },
  { title: 'owner', right: true, drop: 2 },
];

/** One line for each channel, and a line with the totals. Fits the terminal. */
export function renderChannelTable(entries: readonly ChannelEntry[]): string {
  const colours = coloursFor(process.stdout);
  const lines = entries.map(({ channel, scan, bytes, ageMs, readers }) => {
    const { header, owner, kind, state } = scan;
    const fill = fillOf(scan);
    return [
      { text: channelLabel(channel) },
      { text: kind ?? '' },
      { text: state, paint: () => stateWord(state, colours) },
      { text: header === null ? '' : count(recordCounts(scan).recordsWritten) },
      { text: fill === null ? '' : percent(fill) },
      { text: size(bytes) },
      { text: ageMs === null ? '' : age(ageMs) },
      { text: readers === null ? '' : String(readers) },
      { text: owner === null ? '' : String(owner.pid) },
    ];
  });
  const table = fitColumns({ columns: COLUMNS, lines }, terminalWidth(), colours);
  return `${table.join('\n')}\n${colours.dim(totalLine(entries))}\n`;
}

/** `3 channels: 1 alive, 2 closed; 96 MiB`. */
function totalLine(entries: readonly ChannelEntry[]): string {
  const states = new Map<string, number>();
  for (const { scan } of entries) states.set(scan.state, (states.get(scan.state) ?? 0) + 1);
  const words = [...states].map(([state, number]) => `${number} ${state}`).join(', ');
  const bytes = entries.reduce((sum, entry) => sum + entry.bytes, 0);
  return `${counted(entries.length, 'channel')}: ${words}; ${size(bytes)}`;
}
