/** Copies of records have the requested bytes in separate memory. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { RecordCopies } from '../../../src/channel/io/record-copies.js';

const SOURCE_LENGTH = 4001;
const source = () => Buffer.from(Uint8Array.from({ length: SOURCE_LENGTH }, (_, i) => (i * 131 + 7) & 0xff));

it('copies any range of the buffer into separate memory', () => {
  const part = fc
    .tuple(fc.nat(SOURCE_LENGTH), fc.nat(600), fc.boolean(), fc.boolean())
    .map(([offset, length, aligned, shifted]) => {
      const begin = aligned ? offset & ~7 : offset;
      return { begin, length: Math.min(length, SOURCE_LENGTH - 1 - begin), shifted };
    })
    .filter(({ length }) => length >= 0);
  fc.assert(
    fc.property(fc.array(part, { maxLength: 60 }), fc.constantFrom(512, 4096, 65_536), (parts, piece) => {
      const copies = new RecordCopies(piece);
      const whole = source();
      // A buffer that begins between two words.
      const shiftedWhole = whole.subarray(1);
      const expected: string[] = [];
      const taken: Buffer[] = [];
      for (const { begin, length, shifted } of parts) {
        const buffer = shifted ? shiftedWhole : whole;
        expected.push(buffer.toString('hex', begin, begin + length));
        taken.push(copies.take(buffer, begin, length));
      }
      whole.fill(0);
      expect(taken.map((copy) => copy.toString('hex'))).toEqual(expected);
      for (const [i, copy] of taken.entries()) {
        copy.fill(0xee);
        expect(taken.slice(i + 1).map((later) => later.toString('hex'))).toEqual(expected.slice(i + 1));
      }
    }),
    { numRuns: 200 },
  );
});

it('copies from a buffer after its memory was released from the cache', () => {
  const copies = new RecordCopies(4096);
  const buffer = source();
  expect(copies.take(buffer, 8, 16)).toEqual(buffer.subarray(8, 24));
  copies.clear();
  expect(copies.take(buffer, 16, 16)).toEqual(buffer.subarray(16, 32));
});
