/** Batches of a log: their stores, except for the length of the first record, which publishes all of them. */
import type { SourceViews } from '../../../platform/index.js';
import { requireRecord } from '../../core/write-errors.js';
import type { LogFile } from '../log-file.js';

/**
 * Words that a batch takes, headers and padding included.
 * @throws RingwireError `INVALID_ARGUMENT`, `MAX_RECORD_LENGTH_EXCEEDED`
 */
export function logBatchSize(records: readonly Uint8Array[], file: Pick<LogFile, 'path' | 'header'>): number {
  let words = 0;
  for (let i = 0; i < records.length; i++) {
    const record = records[i];
    requireRecord(file, record, i);
    words += (record.length + 15) >>> 3;
  }
  return words;
}

/**
 * The fast path: stores a batch whose records are all known, from word index `first` on, except for the length of the
 * first.
 * @param end word index at which the last record must end at the latest
 * @returns word index after the last record; -1 if a record is not known or ends beyond `end`. Then nothing is stored
 */
export function storeKnown(
  halves: Int32Array,
  sources: SourceViews,
  records: readonly Uint8Array[],
  first: number,
  end: number,
): number {
  const count = records.length;
  let at = first;
  for (let i = 0; i < count; i++) {
    const length = sources.copyKnownOf(i, records[i] as Uint8Array, at + 1, end);
    if (length < 0) {
      if (i > 0) halves.fill(0, (first + 1) << 1, at << 1);
      return -1;
    }
    if (i > 0) storeLength(halves, at, length);
    at += (length + 15) >>> 3;
  }
  return at;
}

/** The slow path: stores any batch from word index `first` on. */
export function storeLogBatch(
  halves: Int32Array,
  sources: SourceViews,
  records: readonly Uint8Array[],
  first: number,
): void {
  let at = first;
  for (let i = 0; i < records.length; i++) {
    const record = records[i] as Uint8Array;
    const { length } = record;
    sources.copyOf(i, record, at + 1);
    if (i > 0) storeLength(halves, at, length);
    at += (length + 15) >>> 3;
  }
}

/** Stores the word of a record that is not the first, in halves: it publishes nothing, and a whole one costs a BigInt. */
function storeLength(halves: Int32Array, at: number, length: number): void {
  halves[at << 1] = length;
  halves[(at << 1) + 1] = 0;
}
