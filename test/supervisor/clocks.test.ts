/** The wall clock set back and forth under a manager: it measures no interval. */
import path from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../src/platform/index.js';
import { RingStorage } from '../../src/supervisor/index.js';
import { managedFolder, shell, supervise } from './supervised.js';

afterEach(() => void vi.restoreAllMocks());

const HOUR_MS = 3_600_000;
/** How long a run lasts before its restarts are forgotten. */
const RESET_MS = 100;
const HOUR_NANOS = 3_600_000_000_000n;

/** Moves the wall clock of this process by this much from now on; the monotonic one runs on. */
function moveClock(hours: number): void {
  vi.restoreAllMocks();
  const date = Date.now.bind(Date);
  const nanos = systemClock.unixNanos;
  vi.spyOn(Date, 'now').mockImplementation(() => date() + hours * HOUR_MS);
  vi.spyOn(systemClock, 'unixNanos').mockImplementation(() => nanos() + BigInt(hours) * HOUR_NANOS);
}

describe('a manager whose wall clock is set', () => {
  it.each([2, -2])(
    'counts restarts and uptime correctly when the wall clock changes by %i hours at each event',
    async (hours) => {
      const { manager, until } = await supervise();
      let at = 0;
      manager.on('event', () => {
        at += hours;
        moveClock(at);
      });
      const crashing = { ...shell('exit 1'), restart: 'on-failure' as const, restartBackoffMs: 10 };
      await manager.register({ id: 'limited', ...crashing, maxRestarts: 3 });
      await manager.start('limited').catch(() => {});
      await until('limited', 'failed');
      expect(manager.statusOf('limited')).toMatchObject({ state: 'failed', restarts: 3 });
      // Runs longer than the time that forgets restarts, by the clock of this process: never fails.
      manager.on('event', ({ id, type }) => {
        if (id === 'forgotten' && type === 'process.started')
          setTimeout(() => manager.write('forgotten', '\n'), RESET_MS + 20);
      });
      const longer = { ...crashing, ...shell('read x; exit 1'), stdin: 'pipe' as const };
      await manager.register({ id: 'forgotten', ...longer, maxRestarts: 1, restartResetMs: RESET_MS });
      await manager.start('forgotten').catch(() => {});
      await until('forgotten', 'restarting', 4);
      await manager.stop('forgotten');
      await manager.register({ id: 'up', ...shell('exec sleep 60') });
      await manager.start('up');
      moveClock(at + hours);
      expect(manager.statusOf('up').uptime).toBeLessThan(HOUR_MS);
    },
  );
});

describe('output since a time', () => {
  const storage = () => new RingStorage(path.join(managedFolder(), 'channels'), { outputCapacity: 0 });

  it('contains every chunk, also when the clock was set between the chunks', () => {
    const log = storage().outputLog(4);
    const times = [100n, 105n, 20n, 30n, 200n, 40n];
    for (const [i, time] of times.entries()) log.append(Buffer.from(`${i}\n`), time * HOUR_NANOS);
    const since = (hours: bigint) =>
      log.snapshot({ since: hours * HOUR_NANOS, lines: 0, maxBytes: 1 << 20 })?.toString();
    expect(since(102n)).toBe('1\n2\n3\n4\n5\n');
    expect(since(150n)).toBe('4\n5\n');
    expect(since(300n)).toBe('');
    log.close();
  });

  it('is correct after the clock was set forward', async () => {
    const { manager } = await supervise();
    await manager.register({ id: 'p', ...shell('read x; echo late; exec sleep 60'), stdin: 'pipe' });
    await manager.start('p');
    moveClock(5);
    const before = systemClock.unixNanos() - 60_000_000_000n;
    manager.write('p', '\n');
    while (manager.logsSnapshot('p', 0) === null) await new Promise(setImmediate);
    expect(manager.logsSnapshot('p', 0, { since: before })?.toString()).toBe('late\n');
  });

  it('is everything kept when older arrivals are unknown', () => {
    const log = storage().outputLog(4);
    const count = 20_000;
    for (let i = 0; i < count; i++) log.append(Buffer.from('x\n'), 1_000n + BigInt(i));
    const snapshot = log.snapshot({ since: 1_000n, lines: 0, maxBytes: 1 << 30 });
    expect(snapshot?.length).toBe(2 * count);
    log.close();
  });
});
