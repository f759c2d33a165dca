/** The table of `ringwire top`: a line for each channel, one below it for each reader. */
import type { ChannelSample, ReaderSample } from '../../metrics/index.js';
import { bar } from './bar.js';
import { stateWord } from './channel-status.js';
import type { Colours } from './colours.js';
import { printable } from './printable.js';
import { bytes, count, rate } from './quantities.js';
import { readerWord } from './ring-status.js';
import { sparkline } from './sparkline.js';

type Paint = (text: string) => string;
/** A piece of a line, and its color. */
type Piece = readonly [text: string, paint?: Paint | undefined];
type Line = readonly Piece[];

const BAR_WIDTH = 12;
/** Bar, percent, and a blank. */
const LEVEL_WIDTH = BAR_WIDTH + 7;
const SMALLEST_ID_WIDTH = 7;
const KIND_WIDTH = 8;
const STATE_WIDTH = 10;
const RATE_WIDTH = 10;
const COUNT_WIDTH = 15;
const HISTORY_WIDTH = 16;
/** Lag of a reader, as a share of the capacity, from which it is shown in red. */
const DANGER = 0.75;

/** The last rates of a channel in records per second, oldest first. */
export interface Histories {
  of(sample: ChannelSample): readonly number[];
}

/** Lines for a terminal, cut to `columns`. The first is the headline. */
export function topTable(
  samples: readonly ChannelSample[],
  histories: Histories,
  columns: number,
  colours: Colours,
): string[] {
  const idWidth = Math.max(SMALLEST_ID_WIDTH, ...samples.map(({ id }) => id.length));
  const lines: Line[] = [headline(idWidth, colours)];
  for (const sample of samples) {
    lines.push(channelLine(sample, histories.of(sample), idWidth, colours));
    for (const reader of sample.readers) lines.push(readerLine(reader, idWidth, colours));
  }
  return lines.map((line) => fitted(line, columns));
}

function headline(idWidth: number, { dim }: Colours): Line {
  const words = [
    'CHANNEL'.padStart(idWidth),
    ' ',
    'KIND'.padEnd(KIND_WIDTH),
    'STATE'.padEnd(STATE_WIDTH),
    'RECORDS/S'.padStart(RATE_WIDTH),
    'BYTES/S'.padStart(RATE_WIDTH),
    '  ',
    'LEVEL'.padEnd(LEVEL_WIDTH),
    'RECORDS'.padStart(COUNT_WIDTH),
    '  HISTORY',
  ];
  return [[words.join(''), dim]];
}

function channelLine(
  sample: ChannelSample,
  history: readonly number[],
  idWidth: number,
  colours: Colours,
): Line {
  const { recordsPerSecond, payloadBytesPerSecond, records, caughtUp } = sample;
  return [
    [sample.id.padStart(idWidth), colours.bold],
    [` ${(sample.kind ?? '?').padEnd(KIND_WIDTH)}`],
    [
      sample.state.padEnd(STATE_WIDTH),
      (text) => text.replace(sample.state, stateWord(sample.state, colours)),
    ],
    [recordsPerSecond === null ? '-'.padStart(RATE_WIDTH) : perSecond(recordsPerSecond)],
    [(payloadBytesPerSecond === null ? '-' : bytes(payloadBytesPerSecond)).padStart(RATE_WIDTH)],
    [`  ${level(levelOf(sample))}`],
    [(caughtUp ? count(records) : `${count(records)}…`).padStart(COUNT_WIDTH)],
    [`  ${sparkline(history.slice(-HISTORY_WIDTH), 0)}`, colours.cyan],
  ];
}

/** Used share of the capacity; 0 for a journal, whose segments follow each other. */
function levelOf({ kind, fill, capacity }: ChannelSample): number {
  return capacity === 0 || kind === 'journal' ? 0 : fill / capacity;
}

function readerLine(reader: ReaderSample, idWidth: number, colours: Colours): Line {
  const { lagShare, lagBytes, pid } = reader;
  const who = `${printable(reader.name) || 'reader'}${pid === null ? '' : ` (${pid})`}`;
  const width = KIND_WIDTH + STATE_WIDTH + 2 * RATE_WIDTH - STATE_WIDTH;
  const word = reader.alive === false ? 'dead' : reader.state;
  return [
    [`${' '.repeat(idWidth)} └ `, colours.dim],
    [who.slice(0, width - 2).padEnd(width - 2)],
    [word.padEnd(STATE_WIDTH), (text) => text.replace(word, readerWord(reader, colours))],
    [`  ${level(lagShare)}`, lagShare > DANGER ? colours.red : undefined],
    [`${bytes(lagBytes)} behind`.padStart(COUNT_WIDTH)],
    [reader.laps > 0 ? `  ${count(reader.laps)} laps, ${count(reader.lost)} lost` : '', colours.red],
  ];
}

function level(share: number): string {
  return bar(share, BAR_WIDTH).padEnd(LEVEL_WIDTH);
}

function perSecond(records: number): string {
  return rate(records, '')
    .replace(/ *\/s$/, '')
    .padStart(RATE_WIDTH);
}

/** Cuts a line before it is colored. */
function fitted(line: Line, columns: number): string {
  let left = columns;
  let text = '';
  for (const [piece, paint = (plain: string) => plain] of line) {
    const letters = [...piece];
    const cut = letters.length > left ? letters.slice(0, left).join('') : piece;
    left -= Math.min(left, letters.length);
    text += cut === '' ? '' : paint(cut);
  }
  return text.trimEnd();
}
