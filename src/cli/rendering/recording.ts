/** The output of `ringwire record` and `ringwire replay`. */
import { coloursFor } from './colours.js';
import { bytes, count, counted, duration } from './quantities.js';
import { renderFields } from './table.js';
import { transferLine } from './transfer.js';

interface Moved {
  /** The label of the channel. */
  readonly channel: string;
  readonly file: string;
  readonly records: number;
  /** Bytes. */
  readonly payload: number;
  /** Records that a ring overwrote before they could be recorded. */
  readonly lost: number;
  readonly laps: number;
  readonly seconds: number;
  /** Why the recording ended; null for one without an end. */
  readonly end: string | null;
}

/** The live line. */
export function recordingLine(moved: { records: number; payload: number; lost: number }): string {
  return `${transferLine(moved)}${moved.lost === 0 ? '' : `, ${counted(moved.lost, 'record')} lost`}`;
}

/** The summary of `record`. */
export function renderRecorded(moved: Moved): string {
  return render('recorded', moved);
}

/** The summary of `replay`. */
export function renderReplayed(moved: Moved): string {
  return render('replayed', moved);
}

function render(act: string, { channel, file, records, payload, lost, laps, seconds, end }: Moved): string {
  const colours = coloursFor(process.stdout);
  const fields: [string, string][] = [
    ['channel', channel],
    ['file', file],
    [act, `${counted(records, 'record')}, ${bytes(payload)}, in ${duration(seconds * 1000)}`],
    ['end', end ?? colours.yellow('missing: its recorder was killed')],
  ];
  if (lost > 0) fields.push(['lost', colours.red(`${counted(lost, 'record')}, lapped ${count(laps)} times`)]);
  return `${renderFields(fields, colours)}\n`;
}
