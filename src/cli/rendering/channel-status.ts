/** The state of a channel, for people and as JSON. */
import type { ChannelHeader, ChannelReport, ChannelScan, ChannelState } from '../../channel/index.js';
import { holdsWriter, paddedPayloadBytes, readableRecords, shareOf, TickUnit } from '../../channel/index.js';
import { errorAsJson } from '../report-error.js';
import { bar } from './bar.js';
import { type Colours, coloursFor } from './colours.js';
import { journalFields } from './journal-status.js';
import { bytes, count, counted, duration, size } from './quantities.js';
import { renderReaders, ringFields } from './ring-status.js';
import { renderFields } from './table.js';

const FOREVER = 0xffff_ffff_ffff_ffffn;
const MAX_TIME_MILLIS = 8.64e15;
const TICK_NAMES = new Map<number, string>([
  [TickUnit.Nanos, 'nanoseconds'],
  [TickUnit.Micros, 'microseconds'],
  [TickUnit.Millis, 'milliseconds'],
  [TickUnit.Secs, 'seconds'],
]);

/**
 * Share of the capacity that is used, 0 to 1. For a ring: the unread bytes of the slowest reader that blocks its writer.
 * Null for a journal, which never fills up, and for an unreadable header.
 */
export function fillOf({ header, position, ring, journal }: ChannelReport): number | null {
  if (header === null || journal !== null) return null;
  if (ring === null) return shareOf(position, header.capacity);
  const lags = ring.readers.filter(holdsWriter).map(({ lag }) => lag);
  return Math.min(1, shareOf(Math.max(0, ...lags), header.capacity));
}

/** What was ever written to a channel, and what a new reader can read: docs/observability.md, "Figures". */
export interface WrittenFigures {
  /** Records ever written. `ChannelReport.records` counts those that the scan read. */
  readonly recordsWritten: number;
  /** Records that a reader which opens the channel now can read. */
  readonly readableRecords: number;
  /** Bytes of payload ever written. `ChannelReport.payloadBytes` counts those that the scan read. */
  readonly payloadBytesWritten: number;
  /** Whether that count is exact; otherwise it includes padding. */
  readonly payloadExact: boolean;
}

/** The figures of a report, as the metrics count them. */
export function recordCounts({
  records,
  payloadBytes,
  position,
  ring,
  journal,
}: ChannelReport): WrittenFigures {
  const next = ring?.sequence ?? journal?.nextSequence;
  if (next === undefined) {
    const written = { recordsWritten: records, readableRecords: records };
    return { ...written, payloadBytesWritten: payloadBytes, payloadExact: true };
  }
  const oldest = ring?.oldest.sequence ?? journal?.oldestSequence ?? 0;
  const written = { recordsWritten: next, readableRecords: readableRecords(next, oldest) };
  return { ...written, payloadBytesWritten: paddedPayloadBytes(position, next), payloadExact: false };
}

/** The report as a value for the JSON printer, which converts 64-bit numbers to strings. */
export function reportAsJson<R extends ChannelReport>(report: R): object {
  const { error, header, ...rest } = report;
  return {
    ...rest,
    fill: fillOf(report),
    ...recordCounts(report),
    header: header === null ? null : headerAsJson(header),
    error: error === null ? null : errorAsJson(error),
  };
}

/** Version words, ids and times have 64 bits whatever their value: always strings. */
function headerAsJson(header: ChannelHeader): object {
  const { tickUnit, ...rest } = header;
  return { ...rest, tickUnit, tickName: TICK_NAMES.get(tickUnit) };
}

/** The fields of one channel, and a table of its readers. `name`: the name of the channel, if it has one. */
export function renderStatus(status: ChannelScan, name: string | undefined): string {
  const colours = coloursFor(process.stdout);
  const { channelId, error, header } = status;
  const fields: [string, string][] = [
    ['channel', `${channelId} (0x${channelId.toString(16)})`],
    ...(name === undefined ? [] : ([['name', name]] as [string, string][])),
    ['state', stateWord(status.state, colours)],
    ...reportFields(status),
    ...(header === null ? [] : headerFields(header)),
  ];
  if (error !== null) fields.push(['error', colours.red(`${error.code}: ${error.message}`)]);
  const { ring } = status;
  const readers = ring === null || header === null ? '' : renderReaders(ring, header.capacity, colours);
  return `${renderFields(fields, colours)}\n${readers === '' ? '' : `\n${readers}`}`;
}

/** The fields of file, writer, records and end. */
export function reportFields(report: ChannelReport): [string, string][] {
  const { fileLength, layout, header, lastRecord, owner, kind } = report;
  const { journal } = report;
  const form =
    journal !== null
      ? `${counted(journal.segments, 'segment')}`
      : kind === 'ring'
        ? 'ring'
        : `layout ${layout}`;
  const file = fileLength === null ? '' : `, ${size(fileLength)}, ${form}`;
  const last = lastRecord === null ? '' : `, the last one at ${count(lastRecord.position)}`;
  const fields: [string, string][] = [
    ['file', `${report.path}${file}`],
    ['writer', `${writerWord(report)}${owner === null ? '' : `, process ${owner.pid}`}`],
  ];
  if (header === null) return fields;
  fields.push(
    ['records', `${count(report.records)}, ${bytes(report.payloadBytes)}${last}`],
    ['heartbeats', count(report.heartbeats)],
    ['end', `${report.end}, at position ${count(report.position)}`],
  );
  const fill = fillOf(report);
  if (fill !== null) fields.push(['fill', `${bar(fill)} of ${size(header.capacity)}`]);
  fields.push(...ringFields(report), ...journalFields(report));
  return fields;
}

/** The lock of a closed channel is free although no writer died. */
function writerWord({ writer, end }: ChannelReport): string {
  return writer === 'dead' && end === 'closed' ? 'gone' : writer;
}

function headerFields(header: ChannelHeader): [string, string][] {
  const perSecond = 10 ** header.tickUnit;
  const timeout =
    header.timeout === FOREVER ? 'never' : duration((Number(header.timeout) * 1000) / perSecond);
  const created = (Number(header.creationTime) * 1000) / perSecond;
  return [
    ['writer id', String(header.writerId)],
    ['longest record', counted(header.maxMessageLength, 'byte')],
    ['timeout', `${timeout}, counted in ${TICK_NAMES.get(header.tickUnit)}`],
    ['created', created <= MAX_TIME_MILLIS ? new Date(created).toISOString() : String(header.creationTime)],
  ];
}

/** The state in its color. */
export function stateWord(state: ChannelState, { green, yellow, red, dim }: Colours): string {
  switch (state) {
    case 'alive':
      return green(state);
    case 'late':
    case 'not-ready':
      return yellow(state);
    case 'closed':
      return dim(state);
    default:
      return red(state);
  }
}
