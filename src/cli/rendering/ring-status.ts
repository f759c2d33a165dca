/** The status of a ring for people: policy, epoch, and its readers with the lag of each. */
import { type ChannelReport, type RingHeader, type RingReport, shareOf } from '../../channel/index.js';
import { bar } from './bar.js';
import type { Colours } from './colours.js';
import { printable } from './printable.js';
import { bytes, count, counted } from './quantities.js';
import { renderColumns } from './table.js';

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

/** A line for each reader, slowest first; empty without readers. */
export function renderReaders({ readers }: RingReport, capacity: number, colours: Colours): string {
  if (readers.length === 0) return '';
  const rows = readers.map((reader) => [
    String(reader.slot),
    String(reader.pid),
    printable(reader.name),
    readerWord(reader, colours),
    count(reader.position),
    bytes(reader.lag),
    bar(shareOf(reader.lag, capacity)),
    count(reader.laps),
    count(reader.lost),
  ]);
  const head = ['slot', 'pid', 'name', 'state', 'position', 'lag', 'of the capacity', 'laps', 'lost'];
  return `${renderColumns(head, rows, [0, 1, 4, 5, 7, 8])}\n`;
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
