import fc from 'fast-check';
import { expect, test } from 'vitest';
import { frameError } from '../../../src/health/frame/frame-layout.js';
import { DecodeError, decodeVlpFrame, encodeVlpFrame, type VlpFrame } from '../../../src/health/index.js';

const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const u32 = fc.integer({ min: 0, max: 0xffff_ffff });

const version1: fc.Arbitrary<VlpFrame> = fc.record({
  version: fc.constant(1 as const),
  status: fc.constantFrom(0, 1, 2, 3),
  pid: u32,
  timestamp: u64,
  nonce: u64,
  payload: u64,
});
const version2: fc.Arbitrary<VlpFrame> = fc.record({
  version: fc.constant(2 as const),
  status: fc.constantFrom(0, 1, 2),
  pid: fc.integer({ min: 2, max: 0xffff_ffff }),
  timestamp: fc.bigInt({ min: 0n, max: 2n ** 64n - 2n }),
  nonce: fc.bigInt({ min: 0n, max: 2n ** 64n - 2n }),
  payload: fc.bigInt({ min: 0n, max: 2n ** 32n - 1n }),
});

test('an encoded frame decodes to the same fields, in all 64 bits', () => {
  fc.assert(
    fc.property(fc.oneof(version1, version2), (frame) => {
      expect(decodeVlpFrame(encodeVlpFrame(frame))).toEqual(frame);
    }),
    { numRuns: 3000 },
  );
});

test('a version 2 frame with one flipped bit is refused', () => {
  fc.assert(
    fc.property(version2, fc.integer({ min: 0, max: 255 }), (frame, bit) => {
      const bytes = encodeVlpFrame(frame);
      bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7));
      expect(() => decodeVlpFrame(bytes)).toThrow(DecodeError);
    }),
    { numRuns: 3000 },
  );
});

test('any 32 bytes decode or throw a DecodeError, and decoded frames encode to the same bytes', () => {
  const anyFrame = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes));
  const nearlyAFrame = fc
    .tuple(anyFrame, fc.constantFrom(0, 1, 2, 3), fc.integer({ min: 0, max: 5 }))
    .map(([bytes, version, status]) => {
      bytes.set([0x56, 0x41, version, status]);
      return bytes;
    });
  fc.assert(
    fc.property(fc.oneof(anyFrame, nearlyAFrame), (bytes) => {
      const error = frameError(bytes, 0, true, true);
      if (error === null) expect(encodeVlpFrame(decodeVlpFrame(bytes))).toEqual(bytes);
      else expect(error).toBeInstanceOf(DecodeError);
    }),
    { numRuns: 5000 },
  );
});
