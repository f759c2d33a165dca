/**
 * Finds records to start at: the last ones, or the first that meets a condition.
 *
 * INV-SEARCH-01: a search decides only where the reader continues. From there on every record is delivered once, or counted
 * as lost, also those that are published during the search.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { RingwireError } from '../platform/index.js';
import type { Reader, RecordHandler } from './core/reader.js';
import { isBehind } from './is-behind.js';
import { JournalReader } from './journal/journal-reader.js';
import { ShmReader } from './log/log-reader.js';
import type { RingReader } from './ring/ring-reader.js';

/** Whether a record counts. Valid during the call only, as for {@link RecordHandler}. */
export type RecordTest = (buffer: Buffer, offset: number, length: number) => boolean;

/** Options of a search. */
export interface SearchOptions {
  /** Records that count. Default: all. */
  readonly test?: RecordTest | undefined;
  /** Ends the search at any place. */
  readonly signal: AbortSignal;
}

/** Records between two turns of the event loop. */
const STRIDE = 65_536;
/** Factor by which a search goes further back. */
const FURTHER = 16;

const DAMAGE: ReadonlySet<string> = new Set(['CORRUPT_CHANNEL', 'STORAGE_TRUNCATED']);

/** The readers whose records have sequence numbers. */
type NumberedReader = RingReader | JournalReader;

/**
 * Moves to the first of the last `count` records that count, or to the oldest record if there are fewer. The end is that
 * at the time of the call, or later. Rings and journals seek by their checkpoints and indexes; a log is scanned from its
 * beginning.
 * @param count 0 for the end of the channel
 * @throws RingwireError the damage of a channel without a record that counts; `STORAGE_NOT_READY` and the errors of
 * opening a segment of a journal
 */
export async function moveToLast(reader: Reader, count: number, options: SearchOptions): Promise<void> {
  if (reader instanceof ShmReader) return scanWhole(reader, count, options);
  const numbered = reader as NumberedReader;
  if (!reachesEnd(numbered)) return scanWhole(numbered, count, options);
  if (count === 0) return;
  const { sequence, position: end } = numbered;
  if (options.test === undefined) {
    moveBackTo(numbered, sequence - count);
    return;
  }
  // Most searches find their records near the end.
  for (let back = count; ; back *= FURTHER) {
    const isOldest = !moveBackTo(numbered, sequence - back);
    const found = new LastPositions(count, options.test);
    const fault = await scan(reader, found.handler, options.signal, () => reader.position >= end);
    if (options.signal.aborted) return;
    if (found.total < count && !isOldest) continue;
    if (found.first !== null) moveOrOldest(numbered, found.first);
    else if (fault !== null) throw fault;
    return;
  }
}

/**
 * Moves to the first record that counts, from the oldest record on, or to the end of the channel if there is none.
 * @throws RingwireError the damage of a channel without such a record
 */
export async function moveToFirst(reader: Reader, test: RecordTest, signal: AbortSignal): Promise<void> {
  let first: number | null = null;
  const handler: RecordHandler = (buffer, offset, length, position) => {
    if (first === null && test(buffer, offset, length)) first = position;
  };
  const fault = await scan(reader, handler, signal, () => first !== null);
  if (first !== null) moveOrOldest(reader, first);
  else if (fault !== null) throw fault;
}

/**
 * Moves a journal to a record from which nothing published at or after a time is missed.
 * @param unixMillis like `Date.now()`
 * @returns false for another kind of channel, which records no times
 */
export function moveToTime(reader: Reader, unixMillis: number): boolean {
  if (!(reader instanceof JournalReader)) return false;
  reader.moveToTime(unixMillis);
  return true;
}

/** Moves to the last records by a scan from the oldest record, where the reader is. */
async function scanWhole(reader: Reader, count: number, { test, signal }: SearchOptions): Promise<void> {
  const found = new LastPositions(count, test);
  const fault = await scan(reader, count === 0 ? () => {} : found.handler, signal, () => false);
  if (found.first !== null) moveOrOldest(reader, found.first);
  else if (fault !== null) throw fault;
}

/** Moves to the end of the channel. @returns false if the newest segment of a journal is damaged; the reader stays */
function reachesEnd(reader: NumberedReader): boolean {
  try {
    reader.restart('newest');
    return true;
  } catch (error) {
    if (error instanceof RingwireError && DAMAGE.has(error.code)) return false;
    throw error;
  }
}

/** Moves to a sequence number. @returns false if it is before the oldest record, which the reader is moved to */
function moveBackTo(reader: NumberedReader, sequence: number): boolean {
  if (sequence > 0) {
    try {
      reader.moveToSequence(sequence);
      return true;
    } catch (error) {
      if (!isUnavailable(error)) throw error;
    }
  }
  reader.restart('oldest');
  return false;
}

/** Moves to a record; to the oldest one if it was overwritten or deleted since it was found. */
function moveOrOldest(reader: Reader, position: number): void {
  if (reader instanceof ShmReader) {
    reader.startAt(position);
    return;
  }
  try {
    reader.moveTo(position);
  } catch (error) {
    if (!isUnavailable(error)) throw error;
    (reader as NumberedReader).restart('oldest');
  }
}

function isUnavailable(error: unknown): boolean {
  return error instanceof RingwireError && error.code === 'INVALID_POSITION';
}

/**
 * Polls to the end of the channel, until `isDone` or the signal.
 * @returns the damage that ended the scan, or null. After a move to an earlier record the reader reports it once more.
 */
async function scan(
  reader: Reader,
  handler: RecordHandler,
  signal: AbortSignal,
  isDone: () => boolean,
): Promise<RingwireError | null> {
  try {
    while (!signal.aborted && !isDone()) {
      if (reader.poll(handler, STRIDE) === 0 && !isBehind(reader)) break;
      await turn();
    }
  } catch (error) {
    if (!(error instanceof RingwireError) || error !== reader.endReason) throw error;
    return error;
  }
  return null;
}

/** The positions of the last records that count. */
class LastPositions {
  /** Records that count. */
  total = 0;
  readonly #count: number;
  readonly #test: RecordTest | undefined;
  readonly #positions: number[] = [];

  constructor(count: number, test: RecordTest | undefined) {
    this.#count = count;
    this.#test = test;
  }

  readonly handler: RecordHandler = (buffer, offset, length, position) => {
    if (this.#test !== undefined && !this.#test(buffer, offset, length)) return;
    this.#positions[this.total++ % this.#count] = position;
  };

  /** The first of the last positions; null without any. */
  get first(): number | null {
    return this.#positions[this.total > this.#count ? this.total % this.#count : 0] ?? null;
  }
}
