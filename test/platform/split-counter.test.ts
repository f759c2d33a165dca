/** A counter of 53 bits in three 32-bit words: every state a store passes through decodes to the old or the new value. */
import { describe, expect, it, vi } from 'vitest';
import { SplitCounter } from '../../src/platform/index.js';

// The stores are counted as calls of Atomics.store. The other way stores the same in the same order.
vi.hoisted(() => {
  process.env['RINGWIRE_STRICT_ORDER'] = '1';
});

const HALF = 2 ** 32;
const CASES = [
  [0, 1],
  [HALF - 1, HALF],
  [HALF - 1000, HALF + 1000],
  [7 * HALF - 2 ** 30, 7 * HALF + 2 ** 30],
  [2 ** 53 - 2, 2 ** 53 - 1],
] as const;

/** The words after each store that changing a counter makes, in order. */
function statesOf(from: number, to: number): Int32Array[] {
  const words = new Int32Array(new SharedArrayBuffer(16));
  const counter = new SplitCounter(words, 4);
  counter.store(from);
  const states: Int32Array[] = [];
  const store = Atomics.store;
  Atomics.store = ((array: Int32Array, at: number, value: number) => {
    const stored = store(array, at, value);
    states.push(words.slice());
    return stored;
  }) as typeof Atomics.store;
  try {
    counter.store(to);
  } finally {
    Atomics.store = store;
  }
  return states;
}

describe('a split counter', () => {
  it.each(CASES)('stores %d, then %d, then the first again', (low, high) => {
    const words = new Int32Array(new SharedArrayBuffer(16));
    const [storer, loader] = [new SplitCounter(words, 4), new SplitCounter(words, 4)];
    for (const value of [low, high, low, high, 0]) {
      storer.store(value);
      expect([loader.load(), loader.upperBound()]).toEqual([value, value]);
    }
    expect(words[0]).toBe(0);
  });

  it.each(CASES)(
    'shows %d or %d when its storer dies between two stores, in either direction',
    (low, high) => {
      for (const [from, to] of [
        [low, high],
        [high, low],
      ] as const) {
        const states = statesOf(from, to);
        expect(states.length).toBeGreaterThan(0);
        for (const words of states) expect([from, to]).toContain(new SplitCounter(words, 4).load());
        expect(new SplitCounter(states.at(-1) as Int32Array, 4).load()).toBe(to);
      }
    },
  );

  it.each(CASES)('has an upper bound that is never below %d while it moves to %d or back', (low, high) => {
    for (const words of [...statesOf(low, high), ...statesOf(high, low)]) {
      expect(new SplitCounter(words, 4).upperBound()).toBeGreaterThanOrEqual(low);
    }
  });

  it('can be continued from every state of a store that a dead process left', () => {
    for (const words of statesOf(3 * HALF - 5, 3 * HALF + 5)) {
      const left = words.slice();
      const value = new SplitCounter(left, 4).load();
      const successor = new SplitCounter(left, 4);
      successor.store(value + 1);
      expect(new SplitCounter(left, 4).load()).toBe(value + 1);
    }
  });
});
