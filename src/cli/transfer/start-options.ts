/** The options that decide where `cat` and `tail` start: at the last records, at a time, or at a position. */
import { type Command, Option } from 'commander';
import { moveToFirst, moveToLast, moveToTime, type Reader, type RecordTest } from '../../channel/index.js';
import { RingwireError } from '../../platform/index.js';
import { wholeNumberOption } from '../quantities.js';
import { sinceOption } from '../since-option.js';
import { type From, fromOption } from './opening.js';
import { fieldOf, parseRecord } from './printing/json-records.js';

/** The options `--last`, `--since`, `--time-field` and `--from`. */
export interface StartOptions {
  readonly last?: number;
  /** Unix milliseconds. */
  readonly since?: number;
  readonly timeField?: string;
  readonly from?: From;
}

/** Adds the options. `defaultText`: what happens without them, for the help. */
export function takesStart(command: Command, defaultText: string): Command {
  return command
    .addOption(
      new Option('-n, --last <records>', `start at the last of these many records (default: ${defaultText})`)
        .argParser(wholeNumberOption(0, Number.MAX_SAFE_INTEGER))
        .conflicts(['since', 'from']),
    )
    .addOption(
      new Option('--since <when>', 'start at this time: 10m (before now), or 2026-11-26T20:15')
        .argParser(sinceOption)
        .conflicts('from'),
    )
    .option('--time-field <name>', 'field of JSON records with their time, for --since: time')
    .addOption(
      new Option('--from <where>', 'first record: start, now, or a record position').argParser(fromOption),
    );
}

/**
 * Moves a reader that was just opened to its first record. The last records are the last of those that pass `test`.
 * @param last records to start at if no option says otherwise; undefined for all
 * @throws RingwireError `INVALID_POSITION`; `INVALID_ARGUMENT` for `--since` on a channel that records no times
 */
export async function beginWith(
  reader: Reader,
  options: StartOptions,
  { last, test, signal }: { last?: number | undefined; test?: RecordTest | undefined; signal: AbortSignal },
): Promise<void> {
  const { since, from, timeField } = options;
  if (since !== undefined) {
    if (timeField !== undefined) await moveToFirst(reader, isSince(since, timeField), signal);
    else if (!moveToTime(reader, since)) throw withoutTimes(reader);
  } else if (typeof from === 'number') reader.moveTo(from);
  else if (from === 'now') await moveToLast(reader, 0, { signal });
  else if (from === undefined) {
    const count = options.last ?? last;
    if (count !== undefined) await moveToLast(reader, count, { test, signal });
  }
}

/** Whether the time in a field of a JSON record, a number of Unix milliseconds or an ISO text, is not before `since`. */
function isSince(since: number, field: string): RecordTest {
  return (buffer, offset, length) => {
    const record = parseRecord(buffer.toString('utf8', offset, offset + length));
    const time = record === null ? undefined : fieldOf(record, field);
    return (
      (typeof time === 'string' ? Date.parse(time) : typeof time === 'number' ? time : Number.NaN) >= since
    );
  };
}

function withoutTimes({ path }: Reader): RingwireError {
  return new RingwireError(
    'INVALID_ARGUMENT',
    `${path} records no times, only a journal does: name the field of its JSON records that holds their time with --time-field, or use --last`,
    { path },
  );
}
