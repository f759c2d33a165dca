/**
 * Readers that block a writer: dead ones lose their slot at once, live ones by the policy after the time
 * limit.
 */
import { describe, expect, it } from 'vitest';
import { WriteResult } from '../../../src/channel/core/writer.js';
import type { ReaderSlots } from '../../../src/channel/ring/reader-slots.js';
import { StuckReaders } from '../../../src/channel/ring/stuck-readers.js';
import { ManualClock } from '../../../src/platform/index.js';

function watching(
  policy: 'wait' | 'evict' | 'fail',
  positions: Map<number, number>,
  dead = new Set<number>(),
) {
  const clock = new ManualClock();
  const evicted: number[] = [];
  const freed: number[] = [];
  let probes = 0;
  const slots: Pick<ReaderSlots, 'positionOf' | 'evictDead' | 'evict'> = {
    positionOf: (slot) => positions.get(slot) ?? Number.POSITIVE_INFINITY,
    evictDead: (slot) => {
      probes++;
      if (!dead.has(slot)) return false;
      positions.delete(slot);
      freed.push(slot);
      return true;
    },
    evict: (slot) => {
      positions.delete(slot);
      evicted.push(slot);
      return true;
    },
  };
  const stuck = new StuckReaders({ stuckReader: policy, stuckAfterMs: 100 }, slots as ReaderSlots, clock);
  return { clock, evicted, freed, stuck, probes: () => probes };
}

describe('a writer that waits for readers', () => {
  it('frees the slot of a dead reader at once, and of no other', () => {
    const { stuck, freed, evicted } = watching(
      'wait',
      new Map([
        [0, 5],
        [3, 5],
        [4, 50],
      ]),
      new Set([3, 4]),
    );
    expect(stuck.examine(10)).toBe(0);
    expect([freed, evicted]).toEqual([[3], []]);
  });

  it('tests the locks at most once in 2 ms', () => {
    const { stuck, clock, probes } = watching('wait', new Map([[0, 5]]));
    for (let i = 0; i < 10; i++) stuck.examine(10);
    expect(probes()).toBe(1);
    clock.advance(2);
    stuck.examine(10);
    expect(probes()).toBe(2);
  });

  it.each([
    ['wait', 0, []],
    ['fail', WriteResult.ReaderStuck, []],
    ['evict', 0, [0]],
  ] as const)(
    'with the policy %s returns %d once a reader has not moved for the time',
    (policy, verdict, gone) => {
      const { stuck, clock, evicted } = watching(policy, new Map([[0, 5]]));
      expect(stuck.examine(10)).toBe(0);
      clock.advance(99);
      expect(stuck.examine(10)).toBe(0);
      expect(evicted).toEqual([]);
      clock.advance(2);
      expect(stuck.examine(10)).toBe(verdict);
      expect(evicted).toEqual(gone);
    },
  );

  it('restarts the time when the reader moves', () => {
    const positions = new Map([[0, 5]]);
    const { stuck, clock } = watching('fail', positions);
    stuck.examine(10);
    clock.advance(90);
    positions.set(0, 6);
    expect(stuck.examine(10)).toBe(0);
    clock.advance(90);
    expect(stuck.examine(10)).toBe(0);
    clock.advance(20);
    expect(stuck.examine(10)).toBe(WriteResult.ReaderStuck);
  });
});
