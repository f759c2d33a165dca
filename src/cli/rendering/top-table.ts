/** The table of `ringwire top`: a line for each channel, one below it for each reader of a ring. */
import type { RingReaderReport } from '../../channel/index.js';
import type { ChannelSample } from '../commands/top/channel-sampler.js';
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

/** Lines for a terminal, cut to `columns`. The first is the headline. */
export function topTable(samples: readonly ChannelSample[], columns: number, colours: Colours): string[] {
  const idWidth = Math.max(SMALLEST_ID_WIDTH, ...samples.map(({ channelId }) => String(channelId).length));
  const lines: Line[] = [headline(idWidth, colours)];
  for (const sample of samples) {
    lines.push(channelLine(sample, idWidth, colours));
    for (const reader of sample.readers) lines.push(readerLine(reader, sample, idWidth, colours));
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

function channelLine(sample: ChannelSample, idWidth: number, colours: Colours): Line {
  const { recordsPerSecond, bytesPerSecond, history, records, caughtUp } = sample;
  return [
    [String(sample.channelId).padStart(idWidth), colours.bold],
    [` ${(sample.kind ?? '?').padEnd(KIND_WIDTH)}`],
    [
      sample.state.padEnd(STATE_WIDTH),
      (text) => text.replace(sample.state, stateWord(sample.state, colours)),
    ],
    [recordsPerSecond === null ? '-'.padStart(RATE_WIDTH) : perSecond(recordsPerSecond)],
    [(bytesPerSecond === null ? '-' : `${bytes(bytesPerSecond)}`).padStart(RATE_WIDTH)],
    [`  ${level(levelOf(sample))}`],
    [(caughtUp ? count(records) : `${count(records)}…`).padStart(COUNT_WIDTH)],
    [`  ${sparkline(history.slice(-HISTORY_WIDTH), 0)}`, colours.cyan],
  ];
}

/** Used share of a log; of a ring, the unread share of the slowest reader that blocks its writer; 0 for a journal. */
function levelOf({ kind, position, capacity, readers }: ChannelSample): number {
  if (capacity === 0 || kind === 'journal') return 0;
  if (kind === 'log') return position / capacity;
  const holding = readers.filter(({ state, alive }) => state === 'active' && alive !== false);
  return Math.max(0, ...holding.map(({ lag }) => lag)) / capacity;
}

function readerLine(
  reader: RingReaderReport,
  { capacity }: ChannelSample,
  idWidth: number,
  colours: Colours,
): Line {
  const behind = reader.lag / Math.max(1, capacity);
  const who = `${printable(reader.name) || 'reader'} (${reader.pid})`;
  const width = KIND_WIDTH + STATE_WIDTH + 2 * RATE_WIDTH - STATE_WIDTH;
  const word = reader.alive === false ? 'dead' : reader.state;
  return [
    [`${' '.repeat(idWidth)} └ `, colours.dim],
    [who.slice(0, width - 2).padEnd(width - 2)],
    [word.padEnd(STATE_WIDTH), (text) => text.replace(word, readerWord(reader, colours))],
    [`  ${level(behind)}`, behind > DANGER ? colours.red : undefined],
    [`${bytes(reader.lag)} behind`.padStart(COUNT_WIDTH)],
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
