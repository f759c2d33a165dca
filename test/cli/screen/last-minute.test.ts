import { expect, test } from 'vitest';
import { LastMinute } from '../../../src/cli/screen/last-minute.js';

test('keeps one mean for each second of the last minute', () => {
  const minute = new LastMinute();
  for (const [millis, value] of [
    [0, 10],
    [500, 20],
    [1000, 30],
  ] as const)
    minute.add([['a', value]], millis);
  expect(minute.of('a')).toEqual([15, 30]);
  for (let second = 2; second < 100; second++) minute.add([['a', second]], second * 1000);
  expect(minute.of('a')).toEqual(Array.from({ length: 60 }, (_, i) => 40 + i));
});

test('leaves out unknown values, and forgets series that disappear', () => {
  const minute = new LastMinute();
  minute.add([
    ['a', 1],
    ['b', null],
  ]);
  expect([minute.of('a'), minute.of('b'), minute.of('c')]).toEqual([[1], [], []]);
  minute.add([['b', 2]]);
  expect([minute.of('a'), minute.of('b')]).toEqual([[], [2]]);
});
