/** The list of `ringwire top`: a line for each channel, one below it for each of its readers. */
import { shareOf } from '../../../channel/index.js';
import type { ChannelSample, ReaderSample } from '../../../metrics/index.js';
import { bar } from '../../rendering/bar.js';
import { stateWord } from '../../rendering/channel-status.js';
import type { Colours } from '../../rendering/colours.js';
import { printable } from '../../rendering/printable.js';
import { bytes, count, rate, shortCount } from '../../rendering/quantities.js';
import { readerWord } from '../../rendering/ring-status.js';
import { sparkline } from '../../rendering/sparkline.js';
import type { Cell, Column } from '../../screen/fitted-columns.js';
import type { LastMinute } from '../../screen/last-minute.js';
import type { ListContent, Order } from '../../screen/list-content.js';
import { channelDetails, labelOf } from './channel-details.js';

const BAR_WIDTH = 8;
const HISTORY_SECONDS = 12;
/** Lag of a reader, as a share of the capacity, from which it is shown in red. */
const DANGER = 0.75;
const EMPTY: Cell = { text: '' };
const UNKNOWN = '-';

/** Those that are never dropped fit 80 columns whatever their values; a long name is cut. */
const COLUMNS: readonly Column[] = [
  { title: 'CHANNEL', least: 7, drop: 0, cut: 18 },
  { title: 'KIND', least: 7, drop: 2 },
  { title: 'STATE', least: 9, drop: 0 },
  { title: 'RECORDS/S', right: true, drop: 0 },
  { title: 'BYTES/S', right: true, least: 9, drop: 1 },
  { title: 'LAG', right: true, least: 9, drop: 0 },
  { title: 'LOST', right: true, least: 7, drop: 0 },
  { title: 'LEVEL', least: BAR_WIDTH + 6, drop: 3 },
  { title: 'RECORDS', right: true, least: 11, drop: 5 },
  { title: 'HISTORY', least: HISTORY_SECONDS, drop: 4 },
];

const HELP = [
  'Each reader of a ring, and each cursor of a journal, has a line below its channel.',
  'RECORDS/S and BYTES/S: records and payload bytes since the previous sample.',
  'LAG: bytes that a reader has not read; of a channel, of its slowest reader. LOST: records that were overwritten before a reader read them; of a channel, of all its readers. A log has no registered readers.',
  'LEVEL: the used share of a log; of a ring, the unread share of the slowest reader that blocks its writer; of a reader, its lag as a share of the capacity.',
  'RECORDS: records ever written; … while a log is still being read. HISTORY: the record rate of the last seconds.',
];

/** The list; `rates` has the record rates of the last minute by the path of the channel. */
export function channelList(rates: LastMinute): ListContent<ChannelSample> {
  return {
    title: 'ringwire top',
    nouns: ['channel', 'channels'],
    orders: ORDERS,
    key: ({ path }) => path,
    text: ({ id, name, kind, state, readers }) =>
      [id, name, kind, state, ...readers.map(({ name }) => name)].join(' '),
    columns: COLUMNS,
    lines: (sample, colours) => [
      channelLine(sample, rates.of(sample.path), colours),
      ...sample.readers.map((reader) => readerLine(reader, colours)),
    ],
    details: (sample, colours) => channelDetails(sample, rates.of(sample.path), colours),
    help: HELP,
  };
}

const descending = (figure: (sample: ChannelSample) => number) => (a: ChannelSample, b: ChannelSample) =>
  figure(b) - figure(a);

/** Samples arrive by ascending id, and sorting is stable. */
const ORDERS: readonly [Order<ChannelSample>, ...Order<ChannelSample>[]] = [
  { name: 'id', compare: () => 0 },
  { name: 'rate', compare: descending(({ recordsPerSecond }) => recordsPerSecond ?? -1) },
  { name: 'lag', compare: descending((sample) => lagOfAll(sample) ?? -1) },
  { name: 'lost', compare: descending((sample) => lostOfAll(sample) ?? -1) },
  { name: 'state', compare: (a, b) => a.state.localeCompare(b.state) },
  { name: 'name', compare: (a, b) => (a.name ?? '\uffff').localeCompare(b.name ?? '\uffff') },
];

/** The largest lag of a reader in bytes; null without readers. */
function lagOfAll({ readers }: ChannelSample): number | null {
  return readers.length === 0 ? null : Math.max(...readers.map(({ lagBytes }) => lagBytes));
}

/** Lost records of all readers; null without readers. */
function lostOfAll({ readers }: ChannelSample): number | null {
  return readers.length === 0 ? null : readers.reduce((sum, { lost }) => sum + lost, 0);
}

function channelLine(sample: ChannelSample, rates: readonly number[], colours: Colours): Cell[] {
  const { kind, state, recordsPerSecond, payloadBytesPerSecond, records, caughtUp } = sample;
  const [lag, lost] = [lagOfAll(sample), lostOfAll(sample)];
  return [
    { text: labelOf(sample), paint: colours.bold },
    { text: kind ?? '?' },
    { text: state, paint: (text) => text.replace(state, stateWord(state, colours)) },
    { text: recordsPerSecond === null ? UNKNOWN : rate(recordsPerSecond, '').replace(/ *\/s$/, '') },
    { text: payloadBytesPerSecond === null ? UNKNOWN : bytes(payloadBytesPerSecond) },
    { text: lag === null ? UNKNOWN : bytes(lag) },
    { text: lost === null ? UNKNOWN : shortCount(lost), paint: lost === 0 ? undefined : colours.red },
    { text: bar(levelOf(sample), BAR_WIDTH) },
    { text: caughtUp ? count(records) : `${count(records)}…` },
    { text: sparkline(rates.slice(-HISTORY_SECONDS), 0), paint: colours.cyan },
  ];
}

/** Used share of the capacity; 0 for a journal, whose segments follow each other. */
function levelOf({ kind, fill, capacity }: ChannelSample): number {
  return kind === 'journal' ? 0 : shareOf(fill, capacity);
}

function readerLine(reader: ReaderSample, colours: Colours): Cell[] {
  const { name, pid, state, alive, lagBytes, lagShare, lost } = reader;
  const word = alive === false ? 'dead' : state;
  return [
    { text: `└ ${printable(name) || 'reader'}${pid === null ? '' : ` (${pid})`}`, paint: colours.dim },
    EMPTY,
    { text: word, paint: (text) => text.replace(word, readerWord(reader, colours)) },
    EMPTY,
    EMPTY,
    { text: bytes(lagBytes) },
    { text: shortCount(lost), paint: lost === 0 ? undefined : colours.red },
    { text: bar(lagShare, BAR_WIDTH), paint: lagShare > DANGER ? colours.red : undefined },
    EMPTY,
    EMPTY,
  ];
}
