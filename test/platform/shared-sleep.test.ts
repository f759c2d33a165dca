/** Many sleepers of one thread: each is woken by its own bell, also those beyond what one call of the kernel takes. */
import { describe, expect, it, onTestFinished } from 'vitest';
import { Doorbell, MAX_SLEEP_MILLIS } from '../../src/platform/index.js';
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

  it('wake alone when they joined while the others were asleep already', async () => {
    const bells = Array.from({ length: WORDS_PER_CALL }, () => new Doorbell(new ArrayBuffer(4096), 64, 192));
    onTestFinished(() => closeAll(bells));
    let woken: number[] = [];
    const sleep = (index: number) => {
      const bell = bells[index] as Doorbell;
      return bell.sleepAsync(bell.announce(), MAX_SLEEP_MILLIS).then(() => void woken.push(index));
    };
    // On a machine that stands still for a whole sleep, all wake: then it is tried again.
    for (let i = 0; i < 5 && woken.length !== 1; i++) {
      woken = [];
      const earlier = bells.slice(1).map((_, index) => sleep(index + 1));
      await new Promise((resolve) => setTimeout(resolve, 10));
      const late = sleep(0);
      await new Promise((resolve) => setTimeout(resolve, 10));
      bells[0]?.ringNow();
      await late;
      const first = [...woken];
      for (const bell of bells) bell.ringNow();
      await Promise.all(earlier);
      woken = first;
    }
    expect(woken).toEqual([0]);
  });

  it('wake at their deadlines', async () => {
    const bells = Array.from({ length: SLEEPERS }, () => new Doorbell(new ArrayBuffer(4096), 64, 192));
    onTestFinished(() => closeAll(bells));
    await Promise.all(bells.map((bell) => bell.sleepAsync(bell.announce(), 20)));
  });
});
