/** The space of a batch in a ring. */
import { RingwireError } from '../../../platform/index.js';
import { recordTooLong } from '../ring-errors.js';
import { RING_WORD } from '../ring-record-layout.js';

/** The limits of a ring. Lengths are in words unless stated otherwise. */
export interface BatchLimits {
  /** The ring file, for errors. */
  readonly path: string;
  /** Capacity of the data area in words. */
  readonly capacity: number;
  /** Length of the longest batch in words. */
  readonly longestBatch: number;
  /** Length of the longest record in bytes. */
  readonly maxLength: number;
}

/**
 * Returns the words of a batch whose first record starts at word index `start`, padding included.
 * @throws RingwireError `INVALID_ARGUMENT`, `MAX_RECORD_LENGTH_EXCEEDED`; `CHANNEL_FULL` if the ring can never accept
 * it
 */
export function batchSize(
  records: readonly Uint8Array[],
  start: number,
  { path, capacity, longestBatch, maxLength }: BatchLimits,
): number {
  let at = start;
  let padding = 0;
  let taken = 0;
  for (let i = 0; i < records.length; i++) {
    const record = records[i] as Uint8Array;
    if (record?.BYTES_PER_ELEMENT !== 1) {
      throw new RingwireError('INVALID_ARGUMENT', `record ${i} of the batch must be a Uint8Array or Buffer`);
    }
    if (record.length > maxLength) throw recordTooLong(path, record.length, maxLength);
    const size = (record.length + 15) >>> 3;
    if (at + size > capacity) {
      padding = capacity - at;
      at = 0;
    }
    taken += size;
    at = at + size === capacity ? 0 : at + size;
  }
  if (taken <= longestBatch) return taken + padding;
  const limit = longestBatch * RING_WORD;
  throw new RingwireError(
    'CHANNEL_FULL',
    `a batch of ${taken * RING_WORD} bytes does not fit: ${path} accepts ${limit} bytes at once; split the batch`,
    { path, required: taken * RING_WORD, left: limit },
  );
}
