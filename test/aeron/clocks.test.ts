/** Jumps of the wall clock and durations beyond 2^31-1 ms. */
import { expect, onTestFinished, test, vi } from 'vitest';
import { Aeron } from '../../src/aeron/index.js';
import { connect, startDriver, until } from './driver-under-test.js';

const HOUR = 3_600_000;

function setClock(difference: number): void {
  const now = Date.now;
  const spy = vi.spyOn(Date, 'now').mockImplementation(() => now() + difference);
  onTestFinished(() => spy.mockRestore());
}

test.each([HOUR, -HOUR])(
  'a wall clock that jumps by %d ms ends neither clients nor driver',
  async (difference) => {
    const driver = startDriver({ useInvoker: true });
    driver.doWork();
    const aeron = await connect(driver, { useInvoker: true, keepaliveIntervalMs: 1 });
    const registration = aeron.asyncAddPublication('aeron:ipc', 1);
    const turns = (count: number) => {
      for (let i = 0; i < count; i++) {
        driver.doWork();
        aeron.doWork();
      }
    };
    turns(3);
    expect(registration.poll()?.isClosed).toBe(false);
    const heartbeats = () => aeron.counters.get(aeron.counters.find(11, aeron.clientId) as number)?.value;
    const before = heartbeats();
    setClock(difference);
    await until(() => {
      turns(1);
      return heartbeats() !== before;
    });
    let cycles = 0;
    await until(() => {
      turns(1);
      return ++cycles > 50;
    });
    expect(aeron.isClosed).toBe(false);
    expect(aeron.counters.find(11, aeron.clientId)).not.toBe(null);
  },
);

test('no timer is set for more than 2^31-1 ms', async () => {
  const spy = vi.spyOn(globalThis, 'setTimeout');
  onTestFinished(() => spy.mockRestore());
  const driver = startDriver();
  const aeron = await Aeron.connect({
    directory: driver.directory,
    idleSleepMs: 2 ** 33,
    resourceLingerMs: 2 ** 33,
    keepaliveIntervalMs: 2 ** 33,
  });
  await aeron.addPublication('aeron:ipc', 1);
  aeron.close();
  const longest = Math.max(...spy.mock.calls.map(([, millis]) => Number(millis ?? 0)));
  expect(longest).toBe(2 ** 31 - 1);
});
