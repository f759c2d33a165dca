/** Many sleepers of one thread: each is woken by its own bell, also those beyond what one call of the kernel takes. */
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { Doorbell, MAX_SLEEP_MILLIS } from '../../src/platform/index.js';
import { libc } from '../../src/platform/libc.js';
import { canShareSleep, MOST_CALLS, WORDS_PER_CALL } from '../../src/platform/waiting/shared-sleep.js';

const cannotShare = !canShareSleep();
if (cannotShare) process.stdout.write('skipped: this kernel has no futex_waitv (Linux 5.16)\n');

/** Several times as many as have a place in a call. */
const SLEEPERS = WORDS_PER_CALL * (MOST_CALLS + 1) + 10;

function closeAll(bells: readonly Doorbell[]): void {
  for (const bell of bells) bell.close();
}

describe.skipIf(cannotShare)(`${SLEEPERS} sleepers of one thread`, () => {
  it('wake alone when their bell rings, in every slot', async () => {
    const bells = Array.from({ length: SLEEPERS }, () => new Doorbell(new ArrayBuffer(4096), 64, 192));
    onTestFinished(() => closeAll(bells));
    for (const rung of [0, 126, 127, 128, 253, 254, 255, SLEEPERS - 1]) {
      // On a machine that stands still for a whole sleep, all wake: then it is tried again.
      let woken: number[] = [];
      for (let i = 0; i < 5 && woken.length !== 1; i++) {
        woken = [];
        const sleeps = bells.map((bell, index) =>
          bell.sleepAsync(bell.announce(), MAX_SLEEP_MILLIS).then(() => void woken.push(index)),
        );
        await new Promise((resolve) => setTimeout(resolve, 10));
        bells[rung]?.ringNow();
        await sleeps[rung];
        const first = [...woken];
        for (const bell of bells) bell.ringNow();
        await Promise.all(sleeps);
        woken = first;
      }
      expect(woken).toEqual([rung]);
    }
  });

  it('share the call in progress with one that joins', async () => {
    const bells = Array.from({ length: WORDS_PER_CALL }, () => new Doorbell(new ArrayBuffer(4096), 64, 192));
    const calls = vi.spyOn(libc(), 'futexWaitvAsync');
    onTestFinished(() => {
      calls.mockRestore();
      closeAll(bells);
    });
    const [late, ...early] = bells as [Doorbell, ...Doorbell[]];
    const sleep = (bell: Doorbell) => bell.sleepAsync(bell.announce(), MAX_SLEEP_MILLIS);
    const words = () => calls.mock.calls.map(([, count]) => count);
    // On a machine that stands still for a whole sleep, the early ones wake first: then it is tried again.
    for (let i = 0; i < 5 && !words().includes(WORDS_PER_CALL + 1); i++) {
      calls.mockClear();
      const sleeps = early.map(sleep);
      while (words().at(-1) !== WORDS_PER_CALL) await new Promise(setImmediate);
      sleeps.push(sleep(late));
      await Promise.race(sleeps.slice(0, 1).concat(joined()));
      for (const bell of bells) bell.ringNow();
      await Promise.all(sleeps);
    }
    expect(words()).toContain(WORDS_PER_CALL + 1);

    async function joined(): Promise<void> {
      for (let turn = 0; turn < 20_000 && !words().includes(WORDS_PER_CALL + 1); turn++)
        await new Promise(setImmediate);
    }
  });

  it('fill every slot of every call, and those without one are compared every 2 ms. INV-SLEEP-02', async () => {
    const bells = Array.from({ length: SLEEPERS }, () => new Doorbell(new ArrayBuffer(4096), 64, 192));
    const calls = vi.spyOn(libc(), 'futexWaitvAsync');
    const looks = vi.spyOn(globalThis, 'setInterval');
    onTestFinished(() => {
      calls.mockRestore();
      looks.mockRestore();
      closeAll(bells);
    });
    const sleeps = bells.map((bell) => bell.sleepAsync(bell.announce(), MAX_SLEEP_MILLIS));
    // The first calls begin in the next turn of the event loop.
    for (let turn = 0; turn < 3; turn++) await new Promise(setImmediate);
    const words = calls.mock.calls.slice(0, MOST_CALLS).map(([, count]) => count);
    expect(words).toEqual(Array(MOST_CALLS).fill(WORDS_PER_CALL + 1));
    expect(looks.mock.calls.map(([, millis]) => millis)).toEqual([2]);
    for (const bell of bells) bell.ringNow();
    await Promise.all(sleeps);
  });

  it('wake at their deadlines', async () => {
    const bells = Array.from({ length: SLEEPERS }, () => new Doorbell(new ArrayBuffer(4096), 64, 192));
    onTestFinished(() => closeAll(bells));
    await Promise.all(bells.map((bell) => bell.sleepAsync(bell.announce(), 20)));
  });
});
