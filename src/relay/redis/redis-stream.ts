/**
 * The form of a relayed channel in a Redis stream. Record n has the id `<n + 1>-0`, for the id 0-0 does not exist, and two
 * fields: `source`, the identity of the channel, and `record`, its bytes.
 */
import { RingwireError } from '../../platform/index.js';
import type { RedisConnection } from './redis-connection.js';

const SOURCE = 'source';
const RECORD = 'record';
const RADIX = 16;
const ID = /^(\d+)-0$/;

/** An entry of the stream. */
export interface StreamEntry {
  /** Number of the record in its channel. */
  readonly sequence: number;
  /** Identity of the channel. */
  readonly source: number;
  readonly record: Buffer;
}

/** What a stream holds. */
export interface StreamState {
  /** Number of records that the stream has taken: that of the last one, plus one. It survives trimming. */
  readonly taken: number;
  /** Identity of the channel of the last entry; null: the stream has no entry now. */
  readonly source: number | null;
}

/** The command that adds a record. `maxRecords`: the stream keeps about so many. */
export function addCommand(
  key: string,
  entry: StreamEntry,
  maxRecords: number | undefined,
): (string | Buffer)[] {
  const trim = maxRecords === undefined ? [] : ['MAXLEN', '~', String(maxRecords)];
  const { sequence, source, record } = entry;
  return ['XADD', key, ...trim, `${sequence + 1}-0`, SOURCE, source.toString(RADIX), RECORD, record];
}

/** @throws RingwireError `INVALID_POSITION` for entries of another program */
export async function streamState(connection: RedisConnection, key: string): Promise<StreamState> {
  if ((await connection.call('EXISTS', key)) === 0) return { taken: 0, source: null };
  const fields = (await connection.call('XINFO', 'STREAM', key)) as unknown[];
  const field = (name: string) => fields[fields.findIndex((each) => String(each) === name) + 1];
  const last = field('last-entry') as RawEntry | null;
  return {
    taken: takenBy(String(field('last-generated-id')), key),
    source: last === null ? null : entryOf(last, key).source,
  };
}

/** The entries after the first `taken` records, at most `count`. `blockMs`: how long to wait for one; 0: not. */
export async function readEntries(
  connection: RedisConnection,
  key: string,
  taken: number,
  count: number,
  blockMs: number,
): Promise<StreamEntry[]> {
  const block = blockMs > 0 ? ['BLOCK', blockMs] : [];
  const reply = await connection.call('XREAD', 'COUNT', count, ...block, 'STREAMS', key, `${taken}-0`);
  const [stream] = (reply ?? []) as [Buffer, RawEntry[]][];
  return (stream?.[1] ?? []).map((entry) => entryOf(entry, key));
}

type RawEntry = [id: Buffer, fields: Buffer[]];

function entryOf([id, fields]: RawEntry, key: string): StreamEntry {
  const [sourceName, source, recordName, record] = fields;
  if (String(sourceName) !== SOURCE || String(recordName) !== RECORD || record === undefined)
    throw foreign(key);
  return { sequence: takenBy(String(id), key) - 1, source: Number.parseInt(String(source), RADIX), record };
}

function takenBy(id: string, key: string): number {
  const taken = Number(ID.exec(id)?.[1] ?? Number.NaN);
  if (!Number.isSafeInteger(taken)) throw foreign(key);
  return taken;
}

/** The error for a stream with entries that no relay of this channel has added. */
export function foreign(key: string): RingwireError {
  return new RingwireError(
    'INVALID_POSITION',
    `another publisher has added to the stream '${key}': give each channel a stream of its own`,
  );
}
