import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Histogram } from '../../src/cli/rates/histogram.js';
import { RateMeter } from '../../src/cli/rates/rate-meter.js';

/** The smallest number that at least so many of all do not exceed. */
function exactly(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(1, Math.ceil(share * sorted.length)) - 1] as number;
}

const numbers = fc.oneof(fc.nat(200), fc.nat(), fc.maxSafeNat());

test('percentiles are exact up to 127 and within 1/64 above, over the whole range', () => {
  fc.assert(
    fc.property(
      fc.array(numbers, { minLength: 1 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (values, share) => {
        const histogram = new Histogram();
        for (const value of values) histogram.add(value);
        const exact = exactly(values, share);
        const found = histogram.percentile(share);
        expect(found).toBeGreaterThanOrEqual(exact);
        expect(found - exact).toBeLessThanOrEqual(exact < 128 ? 0 : exact / 64);
        expect([histogram.min, histogram.max]).toEqual([Math.min(...values), Math.max(...values)]);
      },
    ),
  );
});

test('a weight counts as that many numbers, and draining moves all counts', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(numbers, fc.integer({ min: 1, max: 5 })), { minLength: 1 }), (weighted) => {
      const [one, other, third] = [new Histogram(), new Histogram(), new Histogram()];
      for (const [value, times] of weighted) {
        one.add(value, times);
        for (let i = 0; i < times; i++) other.add(value);
      }
      third.drain(other);
      expect(other).toEqual(new Histogram());
      expect(third).toEqual(one);
    }),
  );
});

test('an empty histogram has the percentile 0', () => {
  const { min, max, total } = new Histogram();
  expect({ min, max, total, p50: new Histogram().percentile(0.5) }).toEqual({
    min: 0,
    max: 0,
    total: 0,
    p50: 0,
  });
});

test('records of one poll share the time since the previous poll', () => {
  const meter = new RateMeter();
  expect(meter.lap(0)).toBeNull();
  meter.begin(1000);
  meter.record(10);
  meter.found(1, 1500);
  for (let i = 0; i < 4; i++) meter.record(20);
  meter.found(4, 1500.004);
  expect(meter.lap(2000)).toEqual({
    seconds: 1,
    records: 5,
    bytes: 90,
    lost: 0,
    sizes: { min: 10, p50: 20, p99: 20, max: 20 },
    gaps: { min: 1000, p50: 1000, p99: 1000, max: 1000 },
  });
  meter.lose(3);
  meter.record(1);
  meter.found(1, 2500.004);
  expect(meter.lap(3000)).toMatchObject({ seconds: 1, records: 1, lost: 3, gaps: { p50: 1e9 } });
  expect(meter.total(3000)).toMatchObject({ seconds: 2, records: 6, bytes: 91, lost: 3, gaps: { max: 1e9 } });
});
