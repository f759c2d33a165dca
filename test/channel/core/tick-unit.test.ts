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

test('a tick unit equals its id in the file', () => {
  expect([TickUnit.Nanos, TickUnit.Micros, TickUnit.Millis, TickUnit.Secs]).toEqual([9, 6, 3, 0]);
  for (const id of [9, 6, 3, 0]) expect(tickUnitFromId(id)).toBe(id);
});

test.each([1, 2, 4, 255, -1, 0.5])('refuses %d as a tick unit', (id) => {
  expect(isTickUnit(id)).toBe(false);
  expect(() => tickUnitFromId(id)).toThrow(
    expect.objectContaining({ code: 'INVALID_TICK_UNIT', tickUnitId: id }),
  );
});

test('converts nanoseconds to ticks, rounded down', () => {
  expect(nanosToTicks(1_999_999_999n, TickUnit.Nanos)).toBe(1_999_999_999n);
  expect(nanosToTicks(1_999_999_999n, TickUnit.Micros)).toBe(1_999_999n);
  expect(nanosToTicks(1_999_999_999n, TickUnit.Millis)).toBe(1_999n);
  expect(nanosToTicks(1_999_999_999n, TickUnit.Secs)).toBe(1n);
  expect(ticksToMillis(1_500n, TickUnit.Micros)).toBe(1.5);
  expect(ticksToMillis(2n, TickUnit.Secs)).toBe(2000);
});

test('converts 2^64-1 ticks to Infinity in every unit', () => {
  for (const unit of Object.values(TickUnit))
    expect(ticksToMillis(0xffff_ffff_ffff_ffffn, unit)).toBe(Number.POSITIVE_INFINITY);
});

test('returns the Unix time in ticks of each unit', () => {
  const clock = new ManualClock(1_700_000_000_123_456_789n);
  expect(unixTicks(TickUnit.Millis, clock)).toBe(1_700_000_000_123n);
  expect(unixTicks(TickUnit.Secs, clock)).toBe(1_700_000_000n);
});
