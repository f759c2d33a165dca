/** The wall clock is set back and forth under observer, agents and outputs: no interval is measured by it. */
import { once } from 'node:events';
import path from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import {
  BeatOutcome,
  installPanicHandler,
  Status,
  startAutomaticBeat,
  VlpAgent,
  VlpObserver,
} from '../../src/health/index.js';
import { Recovery } from '../../src/health/observer/recovery.js';
import { resolveRecovery } from '../../src/health/observer/recovery-options.js';
import { type Slot, Tracker } from '../../src/health/observer/tracker.js';
import { observerPage } from '../../src/metrics/index.js';
import { ManualClock } from '../../src/platform/index.js';
import { temporaryFolder } from '../temporary.js';

const HOUR = 3_600_000;

/** From now on the wall clock jumps an hour back or forth at every look. */
function jumpingWallClock(): void {
  let looks = 0;
  const spy = vi.spyOn(Date, 'now').mockImplementation(() => 1.7e12 + (++looks % 2 === 0 ? HOUR : -HOUR));
  onTestFinished(() => spy.mockRestore());
}

/** The monotonic clock moves a little at every look: a pause of this process, which counts as a blind spell, is none. */
function steadyMonotonicClock(): void {
  let millis = performance.now();
  const spy = vi.spyOn(performance, 'now').mockImplementation(() => {
    millis += 0.01;
    return millis;
  });
  onTestFinished(() => spy.mockRestore());
}

test('a jump of the wall clock does not affect an observer and its agents', async () => {
  jumpingWallClock();
  steadyMonotonicClock();
  const socket = path.join(temporaryFolder(), 's');
  const observer = VlpObserver.bind({ socket, thresholdMs: 60_000 });
  onTestFinished(() => observer.close());
  using agent = VlpAgent.connect(socket);
  const uninstall = installPanicHandler(socket);
  onTestFinished(() => uninstall());
  let last = 0n;
  observer.on('beat', ({ timestamp }) => {
    expect(timestamp).toBeGreaterThan(last);
    last = timestamp;
  });
  for (let i = 0; i < 20; i++) {
    const beaten = once(observer, 'beat');
    expect(agent.beat(Status.Ok)).toBe(BeatOutcome.Sent);
    await beaten;
  }
  expect(observer.counters).toMatchObject({ beats: 20, stalls: 0, blindSpells: 0, outOfOrder: 0 });
  expect(observer.agents()[0]?.silentMs).toBeLessThan(60_000);
  expect(await observerPage(observer)).toMatch(/^varta_watch_uptime_seconds \d{1,2}\.?\d*$/m);
});

test('a periodic beat reports no lag after a jump of the wall clock', async () => {
  jumpingWallClock();
  const beats: number[] = [];
  await new Promise<void>((resolve) => {
    const agent = {
      beat: (status: Status) => {
        if (beats.push(status) === 4) resolve();
        return BeatOutcome.Sent;
      },
    };
    const beat = startAutomaticBeat(agent as never, {
      intervalMs: 10,
      degradedLagMs: HOUR / 2,
      keepAlive: true,
    });
    onTestFinished(() => beat.stop());
  });
  expect(beats).toEqual([Status.Ok, Status.Ok, Status.Ok, Status.Ok]);
});

test('a jump of the wall clock does not change the debounce window of recovery commands', async () => {
  const clock = new ManualClock();
  const tracker = new Tracker({ thresholdMs: 10, capacity: 8, eviction: 'strict', processStart: () => 'x' });
  const reports: string[] = [];
  const recovery = new Recovery(resolveRecovery({ command: ['/no/such'] }), tracker, clock, ({ detail }) =>
    reports.push(detail ?? ''),
  );
  onTestFinished(() => recovery.close());
  const frame = { pid: 7, status: Status.Ok, timestampHigh: 0, timestampLow: 1, nonceHigh: 0, nonceLow: 1 };
  tracker.record(7, 'socket', { ...frame, payloadHigh: 0, payloadLow: 0 }, 0);
  const slot = tracker.find(7) as Slot;
  slot.stalled = true;
  recovery.stalled(slot);
  while (reports.length < 1) await new Promise((resolve) => setImmediate(resolve));
  for (const hours of [-1n, 5n]) {
    clock.setUnixNanos(clock.unixNanos() + hours * BigInt(HOUR) * 1_000_000n);
    recovery.stalled(slot);
    expect(reports.at(-1)).toBe('debounced');
  }
});

test('a threshold of more than 2^31-1 milliseconds causes no early stall', async () => {
  const clock = new ManualClock();
  const socket = path.join(temporaryFolder(), 's');
  const observer = VlpObserver.bind({ socket, thresholdMs: 600 * HOUR, clock });
  onTestFinished(() => observer.close());
  using agent = VlpAgent.connect(socket);
  const beaten = once(observer, 'beat');
  agent.beat(Status.Ok);
  await beaten;
  const again = once(observer, 'beat');
  agent.beat(Status.Ok);
  await again;
  expect(observer.counters.stalls).toBe(0);
});
