/** Everything that `ringwire top` knows about one channel. */
import type { ChannelSample, ReaderSample } from '../../../metrics/index.js';
import { channelLabel } from '../../channel-argument.js';
import { bar } from '../../rendering/bar.js';
import { stateWord } from '../../rendering/channel-status.js';
import type { Colours } from '../../rendering/colours.js';
import { printable } from '../../rendering/printable.js';
import { bytes, count, counted, duration, rate, size } from '../../rendering/quantities.js';
import { readerWord } from '../../rendering/ring-status.js';
import { sparkline } from '../../rendering/sparkline.js';
import type { Cell, Column } from '../../screen/fitted-columns.js';
import type { Details } from '../../screen/list-content.js';

const BAR_WIDTH = 12;

const READERS: readonly Column[] = [
  { title: 'READER', least: 7, drop: 0, cut: 18 },
  { title: 'PID', right: true, drop: 2 },
  { title: 'STATE', least: 9, drop: 0 },
  { title: 'LAG', right: true, least: 9, drop: 0 },
  { title: 'RECORDS', right: true, drop: 1 },
  { title: 'LOST', right: true, drop: 0 },
  { title: 'LAPS', right: true, drop: 3 },
  { title: 'OF THE CAPACITY', drop: 4 },
];

/** The fields of a channel, and a table of its readers. @param rates record rates of the last minute, oldest first */
export function channelDetails(sample: ChannelSample, rates: readonly number[], colours: Colours): Details {
  const { kind, state, error, path, pid, capacity, readers } = sample;
  const fields: [string, Cell][] = [
    ['channel', { text: `${labelOf(sample)}, ${kind ?? 'unknown kind'}`, paint: colours.bold }],
    ['state', { text: state, paint: () => stateWord(state, colours) }],
    ['file', { text: printable(path) }],
    ['writer', { text: writerText(pid, sample) }],
    ['capacity', { text: `${size(capacity)}${kind === 'journal' ? ' for each segment' : ''}` }],
    ['records', { text: recordsText(sample) }],
    ['payload', { text: payloadText(sample) }],
    ['rate', { text: rateText(sample) }],
    ['last minute', { text: sparkline(rates, 0), paint: colours.cyan }],
    ['', { text: rates.length === 0 ? 'no rates yet' : `at most ${rate(Math.max(...rates), 'records')}` }],
  ];
  if (error !== null) fields.push(['error', { text: printable(error), paint: colours.red }]);
  if (readers.length === 0) return { fields: [...fields, ['readers', { text: noReaders(kind) }]] };
  return {
    fields,
    table: { columns: READERS, lines: readers.map((reader) => readerCells(reader, colours)) },
  };
}

/** `quotes (7)`, or `7` without a name. */
export function labelOf({ id, name }: ChannelSample): string {
  return channelLabel(name === null ? { id: BigInt(id) } : { id: BigInt(id), name });
}

function writerText(pid: number | null, { heartbeatAgeMs, timeoutMs, restarts }: ChannelSample): string {
  const parts = [pid === null ? 'unknown process' : `process ${pid}`];
  if (heartbeatAgeMs !== null) parts.push(`silent for ${duration(Math.round(heartbeatAgeMs))}`);
  parts.push(timeoutMs === null ? 'no timeout' : `timeout ${duration(timeoutMs)}`);
  if (restarts !== null && restarts > 0) parts.push(counted(restarts, 'takeover'));
  return parts.join(', ');
}

function recordsText({ records, readableRecords, position, caughtUp }: ChannelSample): string {
  const written = `${count(records)} written${caughtUp ? '' : ' so far'}`;
  const readable = readableRecords === null ? '' : `, ${count(readableRecords)} readable`;
  return `${written}${readable}, end at position ${count(position)}`;
}

function payloadText({ payloadBytes, payloadExact, kind }: ChannelSample): string {
  return `${bytes(payloadBytes)} written${payloadExact || kind === null ? '' : ', padding included'}`;
}

function rateText({ recordsPerSecond, payloadBytesPerSecond }: ChannelSample): string {
  if (recordsPerSecond === null || payloadBytesPerSecond === null) return 'unknown until the next sample';
  return `${rate(recordsPerSecond, 'records')}, ${bytes(payloadBytesPerSecond)}/s`;
}

function noReaders(kind: ChannelSample['kind']): string {
  return kind === 'log' ? 'a log has no registered readers' : 'none registered or named';
}

function readerCells(reader: ReaderSample, colours: Colours): Cell[] {
  const { name, pid, state, alive, lagBytes, lagRecords, lost, laps, lagShare } = reader;
  const word = alive === false ? 'dead' : state;
  return [
    { text: printable(name) || 'unnamed', paint: colours.bold },
    { text: pid === null ? '-' : String(pid) },
    { text: word, paint: (text) => text.replace(word, readerWord(reader, colours)) },
    { text: bytes(lagBytes) },
    { text: count(lagRecords) },
    { text: count(lost), paint: lost === 0 ? undefined : colours.red },
    { text: count(laps) },
    { text: bar(lagShare, BAR_WIDTH) },
  ];
}
