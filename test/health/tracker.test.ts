import { expect, test } from 'vitest';
import { Status } from '../../src/health/index.js';
import type { FrameHalves } from '../../src/health/observer/nonce-run.js';
import { Tracker, type TrackerOptions, Verdict } from '../../src/health/observer/tracker.js';

const ALL_ONES = 0xffff_ffff;
const { Accepted, OutOfOrder, CapacityExceeded } = Verdict;

function frame(pid: number, nonce: number, more: Partial<FrameHalves> = {}): FrameHalves {
  return {
    pid,
    status: Status.Ok,
    timestampHigh: 0,
    timestampLow: 0,
    nonceHigh: 0,
    nonceLow: nonce,
    payloadHigh: 0,
    payloadLow: 0,
    ...more,
  };
}

function tracker(options: Partial<TrackerOptions> = {}): Tracker {
  return new Tracker({
    thresholdMs: 100,
    capacity: 4,
    eviction: 'strict',
    processStart: () => 'start',
    ...options,
  });
}

function stallsAt(tracked: Tracker, now: number): number[] {
  const pids: number[] = [];
  tracked.check(now, ({ pid }) => pids.push(pid));
  return pids;
}

const terminal = (pid: number, timestamp: number) =>
  frame(pid, ALL_ONES, { nonceHigh: ALL_ONES, timestampLow: timestamp, status: Status.Critical });

test('refuses old and equal nonces without a change', () => {
  const tracked = tracker();
  expect(tracked.record(7, 'socket', frame(7, 5), 0)).toBe(Accepted);
  expect(tracked.record(7, 'socket', frame(7, 5), 50)).toBe(OutOfOrder);
  expect(tracked.record(7, 'socket', frame(7, 4), 60)).toBe(OutOfOrder);
  expect(tracked.find(7)?.lastMillis).toBe(0);
  expect(tracked.record(7, 'socket', frame(7, 6), 70)).toBe(Accepted);
  expect(tracked.record(7, 'socket', frame(7, 0, { nonceHigh: 1 }), 80)).toBe(Accepted);
  expect(tracked.record(7, 'socket', frame(7, ALL_ONES), 90)).toBe(OutOfOrder);
});

test('reports one stall at the threshold, and another one after the next beat', () => {
  const tracked = tracker();
  tracked.record(7, 'socket', frame(7, 1), 0);
  tracked.record(8, 'socket', frame(8, 1), 50);
  expect(stallsAt(tracked, 99)).toEqual([]);
  expect(tracked.nextStall).toBe(100);
  expect(stallsAt(tracked, 100)).toEqual([7]);
  expect(tracked.find(7)?.status).toBe(Status.Stall);
  expect(stallsAt(tracked, 150)).toEqual([8]);
  expect(stallsAt(tracked, 10_000)).toEqual([]);
  tracked.record(7, 'socket', frame(7, 2), 10_000);
  expect(tracked.resumed).toBe(true);
  expect(stallsAt(tracked, 10_099)).toEqual([]);
  expect(stallsAt(tracked, 10_100)).toEqual([7]);
});

test('accepts a wrap to small nonces only near 2^64', () => {
  const tracked = tracker();
  tracked.record(7, 'socket', frame(7, ALL_ONES - 0x10_0000, { nonceHigh: ALL_ONES }), 0);
  expect(tracked.record(7, 'socket', frame(7, 0x10_0000), 1)).toBe(OutOfOrder);
  expect(tracked.record(7, 'socket', frame(7, 0xf_ffff), 2)).toBe(Accepted);
  expect(tracked.record(7, 'socket', frame(7, 3), 3)).toBe(OutOfOrder);
  tracked.record(8, 'socket', frame(8, ALL_ONES - 0x10_0001, { nonceHigh: ALL_ONES }), 0);
  expect(tracked.record(8, 'socket', frame(8, 0), 1)).toBe(OutOfOrder);
});

test('accepts later beats after a terminal frame, and refuses a repeated terminal frame', () => {
  const tracked = tracker();
  tracked.record(7, 'socket', frame(7, 5), 0);
  expect(tracked.record(7, 'socket', terminal(7, 1000), 1)).toBe(Accepted);
  expect(tracked.find(7)?.status).toBe(Status.Critical);
  expect(tracked.record(7, 'socket', terminal(7, 1000), 2)).toBe(OutOfOrder);
  expect(tracked.record(7, 'socket', terminal(7, 999), 3)).toBe(OutOfOrder);
  expect(tracked.record(7, 'socket', terminal(7, 1001), 4)).toBe(Accepted);
  expect(tracked.record(7, 'socket', frame(7, 5), 5)).toBe(OutOfOrder);
  expect(tracked.record(7, 'socket', frame(7, 6), 6)).toBe(Accepted);
});

test('accepts small nonces of a new process with the same pid, and refuses those of the same process', () => {
  let start: string | null = 'first';
  let looks = 0;
  const tracked = tracker({
    processStart: () => {
      looks++;
      return start;
    },
  });
  tracked.record(7, 'socket', frame(7, 1000), 0);
  expect(tracked.record(7, 'socket', frame(7, 1), 20)).toBe(OutOfOrder);
  start = 'second';
  expect(tracked.isRecycled(tracked.find(7) as never)).toBe(true);
  expect(tracked.record(7, 'socket', frame(7, 1), 40)).toBe(Accepted);
  expect(tracked.record(7, 'socket', terminal(7, 5), 41)).toBe(Accepted);
  start = null;
  expect(tracked.record(7, 'socket', frame(7, 1), 60)).toBe(OutOfOrder);
  looks = 0;
  for (let i = 0; i < 1000; i++) tracked.record(7, 'socket', frame(7, 1), 61);
  expect(looks).toBe(0);
});

test('evicts only the longest silent stalled agent, after ten thresholds', () => {
  const tracked = tracker({ capacity: 2 });
  tracked.record(1, 'socket', frame(1, 1), 0);
  tracked.record(2, 'socket', frame(2, 1), 10);
  expect(tracked.record(3, 'socket', frame(3, 1), 20)).toBe(CapacityExceeded);
  stallsAt(tracked, 500);
  expect(tracked.record(3, 'socket', frame(3, 1), 1000)).toBe(CapacityExceeded);
  expect(tracked.record(3, 'socket', frame(3, 1), 1005)).toBe(Accepted);
  expect(tracked.evicted?.pid).toBe(1);
  expect([...tracked.slots()].map(({ pid }) => pid)).toEqual([2, 3]);
});

test('the balanced policy also evicts a silent agent before its stall is reported', () => {
  for (const eviction of ['strict', 'balanced'] as const) {
    const tracked = tracker({ capacity: 1, eviction });
    tracked.record(1, 'socket', frame(1, 1), 0);
    const verdict = tracked.record(2, 'socket', frame(2, 1), 1001);
    expect(verdict).toBe(eviction === 'strict' ? CapacityExceeded : Accepted);
  }
});

test('time in which the observer did not run does not count as silence', () => {
  const tracked = tracker();
  tracked.record(7, 'socket', frame(7, 1), 0);
  tracked.forgive(1000, 1000);
  expect(stallsAt(tracked, 1000)).toEqual([]);
  expect(stallsAt(tracked, 1100)).toEqual([7]);
});
