/** The status of a ring for people: policy, epoch, and its readers with the lag of each. */
import { type ChannelReport, type RingHeader, type RingReport, shareOf } from '../../channel/index.js';
import { type Column, fitColumns, terminalWidth } from '../screen/fitted-columns.js';
import { bar } from './bar.js';
import type { Colours } from './colours.js';
import { printable } from './printable.js';
import { bytes, count, counted } from './quantities.js';

/** The fields of a ring; empty for other kinds. */
export function ringFields({ ring, header }: ChannelReport): [string, string][] {
  if (ring === null || header === null || !('policy' in header)) return [];
  const { epoch, sequence, oldest, readers, overwritten } = ring;
  const fields: [string, string][] = [
    ['policy', policyText(header)],
    ['epoch', `${epoch}${epoch === 0 ? ', the first writer' : ''}`],
    ['since the beginning', counted(sequence, 'record')],
    ['oldest', `record ${count(oldest.sequence)}, at position ${count(oldest.position)}`],
    ['readers', readers.length === 0 ? 'none registered or named' : String(readers.length)],
  ];
  if (overwritten > 0) fields.push(['meanwhile', `${counted(overwritten, 'record')} overwritten`]);
  return fields;
}

function policyText({ policy, stuckReader, stuckAfterMs }: RingHeader): string {
  if (policy === 'overwrite') return policy;
  const stuck = {
    wait: 'waits for readers without limit',
    evict: `evicts a reader that has not moved for ${count(stuckAfterMs)} ms`,
    fail: `fails when a reader has not moved for ${count(stuckAfterMs)} ms`,
  }[stuckReader];
  return `${policy}, ${stuck}`;
}

/** What matters least is dropped first on a narrow terminal. */
const READERS: readonly Column[] = [
  { title: 'slot', right: true, drop: 4 },
  { title: 'pid', right: true, drop: 2 },
  { title: 'name', drop: 0, cut: 18 },
  { title: 'state', drop: 0 },
  { title: 'position', right: true, drop: 1 },
  { title: 'lag', right: true, drop: 0 },
  { title: 'of the capacity', drop: 5 },
  { title: 'laps', right: true, drop: 3 },
  { title: 'lost', right: true, drop: 0 },
];

/** A line for each reader, slowest first; empty without readers. Fits the terminal. */
export function renderReaders({ readers }: RingReport, capacity: number, colours: Colours): string {
  if (readers.length === 0) return '';
  const lines = readers.map((reader) => {
    const word = reader.alive === false ? 'dead' : reader.state;
    return [
      { text: String(reader.slot) },
      { text: String(reader.pid) },
      { text: printable(reader.name) },
      { text: word, paint: () => readerWord(reader, colours) },
      { text: count(reader.position) },
      { text: bytes(reader.lag) },
      { text: bar(shareOf(reader.lag, capacity)) },
      { text: count(reader.laps) },
      { text: count(reader.lost) },
    ];
  });
  return `${fitColumns({ columns: READERS, lines }, terminalWidth(), colours).join('\n')}\n`;
}

/** The state of a reader in its color. */
export function readerWord(
  { state, alive }: { readonly state: string; readonly alive: boolean | null },
  { green, red, dim }: Colours,
): string {
  if (alive === false) return red('dead');
  if (state === 'observing' || state === 'cursor') return dim(state);
  return state === 'active' ? green(state) : red(state);
}
