/** The ranges that a flush writes back hold every byte that changed, and the header. */
import { describe, expect, it } from 'vitest';
import { RING_DATA_OFFSET } from '../../../src/channel/ring/ring-header-layout.js';
import { changedRanges } from '../../../src/channel/ring/writing/changed-ranges.js';

const CAPACITY = 1024;

/** Whether the ranges hold the byte of the data area at a position. */
function covers(ranges: ReturnType<typeof changedRanges>, position: number): boolean {
  const at = RING_DATA_OFFSET + (position % CAPACITY);
  return ranges.some(([offset, length]) => at >= offset && at < offset + length);
}

describe('the changed ranges of a ring', () => {
  it('contain every changed word and the empty word after them, from any position over any distance', () => {
    for (const flushed of [0, 8, 512, 1016, 1024, 5 * CAPACITY - 8, 7 * CAPACITY + 16]) {
      for (let distance = 0; distance <= CAPACITY + 64; distance += 8) {
        const position = flushed + distance;
        const ranges = changedRanges(flushed, position, CAPACITY);
        for (let at = flushed; at <= position; at += 8) {
          expect(covers(ranges, at), `${flushed} to ${position}, at ${at}`).toBe(true);
        }
      }
    }
  });

  it('stay within the file, and end with the header', () => {
    for (const [flushed, position] of [
      [0, 0],
      [0, 1016],
      [1000, 1024],
      [1016, 1040],
      [0, 9000],
    ] as const) {
      const ranges = changedRanges(flushed, position, CAPACITY);
      expect(ranges.at(-1)).toEqual([0, RING_DATA_OFFSET]);
      for (const [offset, length] of ranges) {
        expect(offset).toBeGreaterThanOrEqual(0);
        expect(offset + length).toBeLessThanOrEqual(RING_DATA_OFFSET + CAPACITY);
      }
    }
  });

  it('exclude the flushed bytes', () => {
    expect(changedRanges(512, 600, CAPACITY)[0]).toEqual([RING_DATA_OFFSET + 512, 96]);
  });
});
