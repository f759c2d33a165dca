/** The private copies of runs: the bytes of the run, at any place and of any length. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { RunCopies } from '../../../src/channel/ring/reading/run-copies.js';

it.each([1024, 65_536, 66_048, 32 * 2 ** 20])(
  'a copy of a ring of %i bytes has the bytes of its run',
  (capacity) => {
    const buffer = Buffer.from(new ArrayBuffer(capacity));
    const numbers = new Int32Array(buffer.buffer);
    for (let i = 0; i < numbers.length; i++) numbers[i] = i;
    const longest = 16_384;
    const copies = new RunCopies({ buffer }, longest * 4);
    expect(copies.longest).toBe(longest);
    const words = capacity / 8;
    const run = fc
      .tuple(fc.nat(words - 1), fc.integer({ min: 1, max: longest / 2 }))
      .map(([start, length]) => [2 * start, 2 * Math.min(start + length, words)] as const);
    fc.assert(
      fc.property(fc.nat(2), run, (level, [start, end]) => {
        const copy = copies.at(level);
        copies.fill(copy, start, end);
        expect(copy.halves[0]).toBe(start);
        expect(copy.bytes.subarray(0, (end - start) * 4).equals(buffer.subarray(start * 4, end * 4))).toBe(
          true,
        );
      }),
    );
  },
);
