/** The fast path of a batch in a ring. */
import type { SourceViews } from '../../../platform/index.js';

/**
 * Stores a batch whose records are all known and lie in one lap, all but the commit word of the first.
 * @param at word index of the first record
 * @param sequence low 32 bits of its sequence number
 */
export function storeKnown(
  halves: Int32Array,
  sources: SourceViews,
  records: readonly Uint8Array[],
  at: number,
  sequence: number,
): void {
  const count = records.length;
  let place = at;
  for (let i = 0; i < count; i++) {
    const record = records[i] as Uint8Array;
    const { length } = record;
    sources.copyKnownOf(i, record, length, place + 1);
    halves[(place << 1) + 1] = (sequence + i) | 0;
    if (i > 0) halves[place << 1] = length;
    place += (length + 15) >>> 3;
  }
}
