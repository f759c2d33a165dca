import { expect, test } from 'vitest';
import {
  isTickUnit,
  nanosToTicks,
  TickUnit,
  ticksToMillis,
  tickUnitFromId,
  unixTicks,
} from '../../../src/channel/index.js';
import { ManualClock } from '../../../src/platform/index.js';

test('a unit is its id in the file', () => {
  expect([TickUnit.Nanos, TickUnit.Micros, TickUnit.Millis, TickUnit.Secs]).toEqual([9, 6, 3, 0]);
  for (const id of [9, 6, 3, 0]) expect(tickUnitFromId(id)).toBe(id);
});

test.each([1, 2, 4, 255, -1, 0.5])('%d is no unit', (id) => {
  expect(isTickUnit(id)).toBe(false);
  expect(() => tickUnitFromId(id)).toThrow(
    expect.objectContaining({ code: 'INVALID_TICK_UNIT', tickUnitId: id }),
  );
});

test('spans are converted, rounded down', () => {
  expect(nanosToTicks(1_999_999_999n, TickUnit.Nanos)).toBe(1_999_999_999n);
  expect(nanosToTicks(1_999_999_999n, TickUnit.Micros)).toBe(1_999_999n);
  expect(nanosToTicks(1_999_999_999n, TickUnit.Millis)).toBe(1_999n);
  expect(nanosToTicks(1_999_999_999n, TickUnit.Secs)).toBe(1n);
  expect(ticksToMillis(1_500n, TickUnit.Micros)).toBe(1.5);
  expect(ticksToMillis(2n, TickUnit.Secs)).toBe(2000);
});

test('2^64-1 ticks are for ever in every unit', () => {
  for (const unit of Object.values(TickUnit))
    expect(ticksToMillis(0xffff_ffff_ffff_ffffn, unit)).toBe(Number.POSITIVE_INFINITY);
});

test('Unix time in ticks', () => {
  const clock = new ManualClock(1_700_000_000_123_456_789n);
  expect(unixTicks(TickUnit.Millis, clock)).toBe(1_700_000_000_123n);
  expect(unixTicks(TickUnit.Secs, clock)).toBe(1_700_000_000n);
});
