/** Sizes of a log channel: the formulas of kekbit, and the limits of ringwire. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { u64 } from '../../../src/channel/core/arguments.js';
import { isTickUnit, nanosToTicks, tickUnitFromId } from '../../../src/channel/core/tick-unit.js';
import { ShmWriter, TickUnit } from '../../../src/channel/index.js';
import { recordSize } from '../../../src/channel/log/log-record-layout.js';
import {
  capacityFor,
  fileLayoutOf,
  fileLengthFor,
  MAX_CAPACITY,
  MIN_CAPACITY,
  MIN_READABLE_CAPACITY,
  maxMessageLengthFor,
  maxMessageLengthLimit,
} from '../../../src/channel/log/log-sizes.js';
import { temporaryFolder } from '../../temporary.js';
import { OPTIONS } from '../channel-under-test.js';

const invalid = expect.objectContaining({ code: 'INVALID_ARGUMENT' });

describe('the capacity', () => {
  it('equals that of kekbit for the same hint', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: MAX_CAPACITY }), (hint) => {
        const aligned = Number((BigInt(hint) + 7n) & ~7n);
        expect(capacityFor(hint, MIN_CAPACITY)).toBe(Math.max(16_384, aligned));
        expect(capacityFor(hint, MIN_READABLE_CAPACITY)).toBe(Math.max(10_240, aligned));
      }),
    );
  });

  it('makes a file of at most 2^32 bytes', () => {
    expect(fileLengthFor(MAX_CAPACITY)).toBe(2 ** 32);
    expect(fileLengthFor(16_384)).toBe(17_440);
  });

  it.each([
    MAX_CAPACITY + 1,
    0xffff_fff9,
    2 ** 32,
    -1,
    1.5,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    '1' as never,
  ])('is refused if it is %s', (hint) => expect(() => capacityFor(hint, MIN_CAPACITY)).toThrowError(invalid));

  it('identifies the writer of a file by its length', () => {
    expect([1056, 128, 160, 0, 1055].map((more) => fileLayoutOf(20_000 + more, 20_000))).toEqual([
      'full',
      'short-128',
      'short-160',
      'other',
      'other',
    ]);
  });
});

describe('the largest record', () => {
  it.each([
    [10_240, 72],
    [16_384, 120],
    [60_000, 464],
    [65_536, 504],
    [131_072, 1016],
    [132_096, 1024],
    [1_000_000, 7808],
    [1_048_576, 8184],
    [16_777_216, 131_064],
  ])('of a capacity of %i is %i bytes', (capacity, largest) => {
    expect(maxMessageLengthLimit(capacity)).toBe(largest);
    expect(maxMessageLengthFor(0xffff_ffff, capacity)).toBe(largest);
  });

  it('is slightly more than requested', () => {
    expect([0, 100, 1000].map((hint) => maxMessageLengthFor(hint, 1_048_576))).toEqual([8, 112, 1008]);
  });

  it('equals that of kekbit for the same hint, without its overflow', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 0xffff_ffff }),
        fc.integer({ min: 10_240, max: MAX_CAPACITY }),
        (hint, capacity) => {
          const asked = BigInt(hint) + 8n;
          const most = (BigInt(capacity) >> 7n) - 8n;
          expect(maxMessageLengthFor(hint, capacity)).toBe(
            Number(((asked < most ? asked : most) + 7n) & ~7n),
          );
        },
      ),
    );
  });

  it.each([-1, 0.5, Number.NaN, 2 ** 32])('is refused if it is %s', (hint) =>
    expect(() => maxMessageLengthFor(hint, 16_384)).toThrowError(invalid),
  );
});

it('a record uses its length plus a word, rounded up to words', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 0x1fff_fff8 }), (length) => {
      expect(recordSize(length)).toBe(Number((BigInt(length) + 15n) & ~7n));
    }),
  );
});

describe('a 64-bit number', () => {
  it('is stored exactly, as a bigint or as a safe integer', () => {
    fc.assert(fc.property(fc.bigInt(0n, 2n ** 64n - 1n), (value) => u64('id', value) === value));
    fc.assert(fc.property(fc.maxSafeNat(), (value) => u64('id', value) === BigInt(value)));
  });

  it.each([-1, -1n, 2n ** 64n, 2 ** 53, 0.5, Number.NaN, '1' as never, null as never, undefined as never])(
    'cannot be %s',
    (value) => expect(() => u64('id', value)).toThrowError(invalid),
  );
});

describe('tick units', () => {
  it('are the four of the format', () => {
    expect([0, 3, 6, 9].every(isTickUnit)).toBe(true);
    expect([1, 2, 4, 5, 7, 8, 10, -1, '9', null].some(isTickUnit)).toBe(false);
    expect(() => tickUnitFromId(7)).toThrowError(
      expect.objectContaining({ code: 'INVALID_TICK_UNIT', tickUnitId: 7 }),
    );
  });

  it('convert rounding down', () => {
    const nanos = 1_999_999_999n;
    expect(
      [TickUnit.Secs, TickUnit.Millis, TickUnit.Micros, TickUnit.Nanos].map((u) => nanosToTicks(nanos, u)),
    ).toEqual([1n, 1999n, 1_999_999n, nanos]);
  });
});

describe('creating a channel', () => {
  it.each([
    ['an unknown option', { capacities: 1 }, 'INVALID_ARGUMENT'],
    ['an unknown profile', { profile: 'compact' }, 'INVALID_ARGUMENT'],
    ['an unknown tick unit', { tickUnit: 1 }, 'INVALID_TICK_UNIT'],
    ['a negative id', { writerId: -1 }, 'INVALID_ARGUMENT'],
    ['a fractional timeout', { timeout: 1.5 }, 'INVALID_ARGUMENT'],
    ['too large a capacity', { capacity: 0xffff_ffff }, 'INVALID_ARGUMENT'],
    ['a file mode that is none', { fileMode: 0o1000 }, 'INVALID_ARGUMENT'],
    ['an unknown back end', { backend: 'mmap' }, 'INVALID_ARGUMENT'],
  ])('with %s is refused', (_what, options, code) => {
    expect(() => ShmWriter.create(temporaryFolder(), { ...OPTIONS, ...options } as never)).toThrowError(
      expect.objectContaining({ code }),
    );
  });

  it('without options is refused', () => {
    expect(() => ShmWriter.create(temporaryFolder(), null as never)).toThrowError(invalid);
  });
});
