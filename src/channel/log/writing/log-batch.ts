/** Batches of a log: their stores, except for the length of the first record, which publishes all of them. */
import type { SourceViews } from '../../../platform/index.js';
import { requireRecord } from '../../core/write-errors.js';
import type { LogFile } from '../log-file.js';
import { lengthWord } from './length-word.js';

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

/** The fast path: stores a batch whose records are all known, from word index `first` on. */
export function storeKnown(
  halves: Int32Array,
  sources: SourceViews,
  records: readonly Uint8Array[],
  first: number,
): void {
  const count = records.length;
  let at = first;
  for (let i = 0; i < count; i++) {
    const record = records[i] as Uint8Array;
    const { length } = record;
    sources.copyKnownOf(i, record, length, at + 1);
    if (i > 0) {
      halves[at << 1] = length;
      halves[(at << 1) + 1] = 0;
    }
    at += (length + 15) >>> 3;
  }
}

/** The slow path: stores any batch from word index `first` on. */
export function storeLogBatch(
  i64: BigInt64Array,
  sources: SourceViews,
  records: readonly Uint8Array[],
  first: number,
): void {
  let at = first;
  for (let i = 0; i < records.length; i++) {
    const record = records[i] as Uint8Array;
    const { length } = record;
    sources.copyOf(i, record, at + 1);
    if (i > 0) i64[at] = lengthWord(length);
    at += (length + 15) >>> 3;
  }
}
