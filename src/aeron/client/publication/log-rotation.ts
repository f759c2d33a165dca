/** Rotation to the next term of a shared log. Source: Aeron 1.53 `LogBufferDescriptor.rotateLog`. */
import { PARTITION_COUNT } from '../../layout/frame-layout.js';
import { ACTIVE_TERM_COUNT_OFFSET, RAW_TAIL_OFFSET } from '../../layout/log-layout.js';
import type { Section } from '../section.js';

/** Makes the next term the active one. Concurrent calls for the same term have the effect of one call. */
export function rotateLog(page: Section, count: number, termId: number): void {
  const nextTermId = (termId + 1) | 0;
  const nextCount = count + 1;
  const tail = (RAW_TAIL_OFFSET + 8 * (nextCount % PARTITION_COUNT)) / 8;
  const expected = (nextTermId - PARTITION_COUNT) | 0;
  for (;;) {
    const raw = Atomics.load(page.i64, tail);
    if (Number(raw >> 32n) !== expected) break;
    if (Atomics.compareExchange(page.i64, tail, raw, BigInt(nextTermId) << 32n) === raw) break;
  }
  Atomics.compareExchange(page.i32, ACTIVE_TERM_COUNT_OFFSET / 4, count, nextCount);
}
