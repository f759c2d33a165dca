import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_TIMER_MS, parseBytes, parseMilliseconds, parseNanoseconds } from '../../src/platform/index.js';

describe('a size', () => {
  it.each([
    ['0', 0],
    ['4096', 4096],
    ['64K', 65_536],
    ['64k', 65_536],
    ['64KiB', 65_536],
    ['64MB', 64_000_000],
    ['1.5MiB', 1_572_864],
    ['2G', 2 ** 31],
    ['8 GiB', 2 ** 33],
    ['9007199254740991', Number.MAX_SAFE_INTEGER],
  ])('%s is %d bytes', (text, bytes) => expect(parseBytes(text)).toBe(bytes));

  it.each([
    '',
    ' ',
    '-1',
    '1.5',
    'NaN',
    'Infinity',
    '1e3',
    '0x10',
    '64X',
    'K',
    '9007199254740992',
    '1000000T',
  ])("refuses '%s'", (text) => expect(() => parseBytes(text)).toThrow(/^must be/));
});

describe('a duration', () => {
  it.each([
    ['0', 0n],
    ['500us', 500_000n],
    ['250ms', 250_000_000n],
    ['1.5s', 1_500_000_000n],
    ['2.03s', 2_030_000_000n],
    ['1m30s', 90_000_000_000n],
    ['2h', 7_200_000_000_000n],
    ['1d', 86_400_000_000_000n],
  ])('%s is %d ns', (text, nanos) => expect(parseNanoseconds(text)).toBe(nanos));

  it.each(['', '5', '-1s', 'NaN', '1.s', 's', '1s ago', '1 s', '999999999999999h'])("refuses '%s'", (text) =>
    expect(() => parseNanoseconds(text)).toThrow(/^must be/),
  );

  it('is a whole number of milliseconds for timers, rounded up', () => {
    expect(parseMilliseconds('2.03s')).toBe(2030);
    expect(parseMilliseconds('1us')).toBe(1);
  });

  it('is refused for timers beyond 2^31-1 ms', () => {
    expect(parseMilliseconds(`${MAX_TIMER_MS}ms`)).toBe(MAX_TIMER_MS);
    expect(() => parseMilliseconds('600h')).toThrow(`must be at most ${MAX_TIMER_MS} ms`);
    expect(parseMilliseconds('600h', Number.MAX_SAFE_INTEGER)).toBe(2_160_000_000);
  });
});

it('is parsed exactly from text with whole units', () => {
  fc.assert(
    fc.property(fc.nat(2_000_000), fc.constantFrom('us', 'ms', 's', 'm', 'h'), (value, unit) => {
      const one = parseNanoseconds(`1${unit}`);
      expect(parseNanoseconds(`${value}${unit}`)).toBe(BigInt(value) * one);
    }),
  );
});
