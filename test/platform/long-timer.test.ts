import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { afterMs, everyMs, MAX_TIMER_MS } from '../../src/platform/index.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('waits longer than the longest timer of Node', () => {
  const action = vi.fn();
  afterMs(2 * MAX_TIMER_MS + 5, action);
  vi.advanceTimersByTime(2 * MAX_TIMER_MS + 4);
  expect(action).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(action).toHaveBeenCalledOnce();
});

it.each([10, MAX_TIMER_MS + 10])('repeats every %d ms', (millis) => {
  const action = vi.fn();
  const timer = everyMs(millis, action);
  vi.advanceTimersByTime(3 * millis);
  expect(action).toHaveBeenCalledTimes(3);
  timer.stop();
  vi.advanceTimersByTime(3 * millis);
  expect(action).toHaveBeenCalledTimes(3);
});

it('never fires after an infinite time or once stopped', () => {
  const action = vi.fn();
  afterMs(Number.POSITIVE_INFINITY, action);
  everyMs(Number.POSITIVE_INFINITY, action);
  afterMs(5, action).stop();
  vi.advanceTimersByTime(1e12);
  expect(action).not.toHaveBeenCalled();
});
