/** How long the driver sleeps between two duty cycles. */
import { expect, test } from 'vitest';
import { Pace } from '../../src/aeron/driver/pace.js';

const FAR = Number.POSITIVE_INFINITY;

test('without traffic the sleep grows to a millisecond, and a command shortens it', () => {
  const pace = new Pace();
  const sleeps = Array.from({ length: 40 }, () => pace.next(0, false, FAR));
  expect(sleeps[0]).toBeCloseTo(0.11);
  expect(sleeps.at(-1)).toBe(1);
  expect(pace.next(1, false, FAR)).toBe(0);
  expect(pace.next(0, false, FAR)).toBeCloseTo(0.11);
});

test('a moved limit does not shorten the sleep while publishers are far from their limits', () => {
  const pace = new Pace();
  for (let cycle = 0; cycle < 40; cycle++) pace.next(0, true, 8);
  expect(pace.next(0, true, 8)).toBe(1);
});

test('a sleep takes at most a quarter of the time until a publisher reaches its limit', () => {
  const pace = new Pace();
  for (let cycle = 0; cycle < 40; cycle++) pace.next(0, false, FAR);
  expect(pace.next(0, true, 2)).toBe(0.5);
});

test('close to a limit the driver does not sleep while limits move, and sleeps shortly otherwise', () => {
  const pace = new Pace();
  for (let cycle = 0; cycle < 100; cycle++) expect(pace.next(0, true, 0.1)).toBe(0);
  const sleeps = Array.from({ length: 25 }, () => pace.next(0, false, 0.1));
  expect(sleeps.slice(0, 19).every((sleep) => sleep === 0)).toBe(true);
  expect(sleeps.at(-1)).toBe(0.1);
});
