/** The header of a log channel: decoding returns every encoded bit. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type ChannelHeader,
  encodeHeader,
  LOG_VERSION,
  peekVersion,
  SIGNATURE,
  versionText,
} from '../../../src/channel/core/header-layout.js';
import { decodeHeader } from '../../../src/channel/log/log-header.js';
import { maxMessageLengthLimit } from '../../../src/channel/log/log-sizes.js';

const u64 = fc.bigInt(0n, 2n ** 64n - 1n);

const headers: fc.Arbitrary<ChannelHeader> = fc
  .record({
    version: fc.oneof(fc.constant(LOG_VERSION), fc.bigInt(0n, LOG_VERSION)),
    writerId: u64,
    channelId: u64,
    words: fc.integer({ min: 1280, max: 0x1fff_ffff }),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
    timeout: u64,
    creationTime: u64,
    tickUnit: fc.constantFrom(0 as const, 3 as const, 6 as const, 9 as const),
  })
  .map(({ words, share, ...header }) => {
    const capacity = words * 8;
    return {
      ...header,
      capacity,
      maxMessageLength: Math.floor((maxMessageLengthLimit(capacity) * share) / 8) * 8,
    };
  });

describe('a header', () => {
  it('decodes to the encoded values, with all 64 bits of its numbers', () => {
    fc.assert(
      fc.property(headers, (header) => {
        const bytes = encodeHeader(header);
        expect(bytes.length).toBe(128);
        expect(decodeHeader(bytes, 'x')).toEqual(header);
        expect(bytes.subarray(57).every((byte) => byte === 0)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it('is valid with any reserved bytes', () => {
    fc.assert(
      fc.property(headers, fc.uint8Array({ minLength: 71, maxLength: 71 }), (header, reserved) => {
        const bytes = encodeHeader(header);
        bytes.set(reserved, 57);
        expect(decodeHeader(bytes, 'x')).toEqual(header);
      }),
    );
  });

  const sound: ChannelHeader = {
    version: LOG_VERSION,
    writerId: 1n,
    channelId: 2n,
    capacity: 16_384,
    maxMessageLength: 120,
    timeout: 3n,
    creationTime: 4n,
    tickUnit: 9,
  };

  it.each([
    ['INVALID_SIGNATURE', (b: Buffer) => b.writeUInt8(0x2b, 0), { expected: SIGNATURE }],
    ['INCOMPATIBLE_VERSION', (b: Buffer) => b.writeUInt8(1, 8), { actual: LOG_VERSION + 1n }],
    ['INVALID_CAPACITY', (b: Buffer) => b.writeUInt32LE(10_232, 32), { capacity: 10_232 }],
    ['INVALID_CAPACITY', (b: Buffer) => b.writeUInt32LE(16_388, 32), { capacity: 16_388 }],
    ['INVALID_MAX_MESSAGE_LENGTH', (b: Buffer) => b.writeUInt32LE(128, 36), { messageLength: 128 }],
    ['INVALID_MAX_MESSAGE_LENGTH', (b: Buffer) => b.writeUInt32LE(60, 36), { messageLength: 60 }],
    ['INVALID_TICK_UNIT', (b: Buffer) => b.writeUInt8(7, 56), { tickUnitId: 7 }],
  ])('that is damaged is refused with %s', (code, damage, details) => {
    const bytes = encodeHeader(sound);
    damage(bytes);
    expect(() => decodeHeader(bytes, 'x')).toThrowError(expect.objectContaining({ code, ...details }));
  });

  it('is checked in the order of the original', () => {
    const bytes = Buffer.alloc(128, 0xff);
    const order: string[] = [];
    const repairs: ((b: Buffer) => void)[] = [
      (b) => b.writeBigUInt64LE(SIGNATURE, 0),
      (b) => b.writeBigUInt64LE(LOG_VERSION, 8),
      (b) => b.writeUInt32LE(16_384, 32),
      (b) => b.writeUInt32LE(120, 36),
    ];
    for (const repair of [...repairs, () => {}]) {
      try {
        decodeHeader(bytes, 'x');
      } catch (error) {
        order.push((error as { code: string }).code);
      }
      repair(bytes);
    }
    expect(order).toEqual([
      'INVALID_SIGNATURE',
      'INCOMPATIBLE_VERSION',
      'INVALID_CAPACITY',
      'INVALID_MAX_MESSAGE_LENGTH',
      'INVALID_TICK_UNIT',
    ]);
  });

  it('has a readable version word for every kind of channel', () => {
    expect(peekVersion(encodeHeader(sound))).toBe(LOG_VERSION);
    expect(peekVersion(Buffer.alloc(16))).toBeNull();
    expect(versionText(0x0001_0002_0000_0003n)).toBe('1.2.3');
  });
});
