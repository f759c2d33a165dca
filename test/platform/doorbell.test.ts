/** The doorbell between processes: no bell is lost, and nobody has to wait for a sleeper. */
import { once } from 'node:events';
import fs from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { availableBackends, Doorbell, MAX_SLEEP_MILLIS, selectBackend } from '../../src/platform/index.js';
import { canShareSleep } from '../../src/platform/waiting/shared-sleep.js';
import { child, messageFrom } from '../child.js';
import { MEASURES, sized } from '../size.js';
import { memoryFolder } from '../temporary.js';

const PARTNER = new URL('./processes/bell-partner.mjs', import.meta.url);
const [QUESTION, ANSWER] = [128, 160];
const ROUNDS = sized({ test: 2000, all: 4000, long: 100_000 }, 'RINGWIRE_BELL_ROUNDS');

function newBell(name = availableBackends()[0]) {
  const path = `${memoryFolder()}/bell`;
  fs.writeFileSync(path, Buffer.alloc(4096));
  const fd = fs.openSync(path, 'r+');
  const mapping = selectBackend(4096, name).map(fd, 4096, true);
  fs.closeSync(fd);
  return {
    path,
    mapping,
    bell: new Doorbell(mapping.memory, 64, 192),
    words: new Int32Array(mapping.memory),
  };
}

/** Rounds that take longer than this hang. */
const HANGS_MS = 160_000;

const cannotShare = !canShareSleep();
if (cannotShare) process.stdout.write('skipped: this kernel has no futex_waitv (Linux 5.16)\n');

describe('a doorbell', () => {
  it(`loses no wake-up in ${ROUNDS} rounds between two processes`, {
    timeout: HANGS_MS + 20_000,
  }, async () => {
    const { path, bell, words } = newBell();
    const sleeper = child(PARTNER, 'sleep', path, ROUNDS);
    expect(await messageFrom(sleeper)).toBe('ready');
    const result = messageFrom<{ slept: number; longest: number }>(sleeper);
    const start = performance.now();
    for (let round = 1; round <= ROUNDS; round++) {
      Atomics.store(words, QUESTION, round);
      bell.ring();
      // The ringer waits in different ways, so that it rings before, while and after the other goes to sleep.
      let turns = 0;
      while (Atomics.load(words, ANSWER) < round) {
        if (++turns % 1000 === 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 0.05);
        if (performance.now() - start > HANGS_MS) throw new Error(`round ${round} was never answered`);
      }
      for (let pause = (round * 37) % 700; pause > 0; pause--) Atomics.load(words, ANSWER);
    }
    const elapsed = performance.now() - start;
    const { slept } = await result;
    expect(slept).toBeGreaterThan(ROUNDS / 100);
    // A lost bell costs a whole sleep. If every hundredth were lost, this would take eight seconds more.
    if (MEASURES) expect(elapsed).toBeLessThan(ROUNDS * 2 + 2000);
  });

  it('does not delay the exit of a process while it sleeps on a pool thread', async () => {
    const { path } = newBell();
    const partner = child(PARTNER, 'exit', path);
    const exited = once(partner, 'exit');
    expect(await messageFrom(partner)).toBe('asleep');
    const start = performance.now();
    const [status] = await exited;
    expect(status).toBe(0);
    if (MEASURES) expect(performance.now() - start).toBeLessThan(400);
  });

  it.each(availableBackends())(
    'wakes all sleepers at close, and does nothing after it (%s)',
    async (name) => {
      const { mapping, bell } = newBell(name);
      const start = performance.now();
      const sleeps = [bell.sleepAsync(bell.announce(), 200), bell.sleepAsync(bell.announce(), 200)];
      await new Promise((resolve) => setTimeout(resolve, 20));
      bell.close();
      mapping.close();
      await Promise.all(sleeps);
      if (MEASURES) expect(performance.now() - start).toBeLessThan(190);
      bell.ringNow();
      bell.close();
      expect(bell.announce()).toBe(0);
      await bell.sleepAsync(0, 200);
      bell.sleep(0, 200);
      if (MEASURES) expect(performance.now() - start).toBeLessThan(190);
    },
  );

  it('sleeps for the given time, at most 200 ms, also during garbage collection', async () => {
    const { bell, mapping } = newBell();
    const timed = async (millis: number) => {
      const start = performance.now();
      const sleep = bell.sleepAsync(bell.announce(), millis);
      // Small buffers by the thousand: memory that was let go of would be taken again.
      for (let i = 0; i < 20_000; i++) Buffer.alloc(16, 0xff);
      await sleep;
      return performance.now() - start;
    };
    expect(await timed(30)).toBeGreaterThan(25);
    for (const millis of [1e9, Number.POSITIVE_INFINITY]) {
      const slept = await timed(millis);
      expect(slept).toBeGreaterThan(MAX_SLEEP_MILLIS - 10);
      if (MEASURES) expect(slept).toBeLessThan(10 * MAX_SLEEP_MILLIS);
    }
    bell.close();
    mapping.close();
  });

  it.skipIf(cannotShare)(
    'lets the sleepers of one process fall into step, so that many wake it as seldom as one',
    async () => {
      const { bell, mapping } = newBell();
      const SLEEPERS = 16;
      let over = false;
      let wakes = 0;
      let groups = 0;
      let inGroup = false;
      const sleeps = Array.from({ length: SLEEPERS }, async (_, i) => {
        await pause(i * 11);
        while (!over) {
          await bell.sleepAsync(bell.announce(), MAX_SLEEP_MILLIS);
          wakes++;
          if (!inGroup) {
            groups++;
            inGroup = true;
            setImmediate(() => {
              inGroup = false;
            });
          }
        }
      });
      await pause(600);
      [wakes, groups] = [0, 0];
      await pause(1500);
      over = true;
      await Promise.all(sleeps);
      expect(wakes).toBeGreaterThanOrEqual(3 * SLEEPERS);
      expect(groups).toBeLessThan(wakes / 4);
      bell.close();
      mapping.close();
    },
  );

  it('makes no system call while no reader sleeps', () => {
    const { bell, mapping, words } = newBell();
    bell.ring();
    expect(words[192 / 4]).toBe(0);
    const announced = bell.announce();
    bell.ring();
    bell.ring();
    expect(bell.announce()).toBe(announced + 1);
    bell.close();
    mapping.close();
  });
});
