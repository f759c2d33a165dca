/** The fast path of a batch in a ring. */
import type { SourceViews } from '../../../platform/index.js';

/**
 * Stores a batch whose records are all known and lie in one lap, all but the commit word of the first.
 * @param at word index of the first record
 * @param end word index at which the last record must end at the latest
 * @param sequence low 32 bits of the sequence number of the first record
 * @returns word index after the last record; -1 if a record is not known or ends beyond `end`. Then some of them are stored, but
 * none is published.
 */
export function storeKnown(
  halves: Int32Array,
  sources: SourceViews,
  records: readonly Uint8Array[],
  at: number,
  end: number,
  sequence: number,
): number {
  const count = records.length;
  let place = at;
  for (let i = 0; i < count; i++) {
    const length = sources.copyKnownOf(i, records[i] as Uint8Array, place + 1, end);
    if (length <= 0) return -1;
    halves[(place << 1) + 1] = (sequence + i) | 0;
    if (i > 0) halves[place << 1] = length;
    place += (length + 15) >>> 3;
  }
  return place;
}
