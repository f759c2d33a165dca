/** What the options of the driver change. */
import fs from 'node:fs';
import { expect, test, vi } from 'vitest';
import { SystemCounterId } from '../../src/aeron/index.js';
import { connect, startDriver, until } from './driver-under-test.js';

test('publicationWindow limits the bytes that a publisher is ahead, unless the channel sets another window', async () => {
  const aeron = await connect(startDriver({ publicationWindow: 4096 }));
  await aeron.addSubscription('aeron:ipc', 1);
  await aeron.addSubscription('aeron:ipc', 2);
  const publication = await aeron.addPublication('aeron:ipc', 1);
  const named = await aeron.addPublication('aeron:ipc?pub-wnd=8k', 2);
  await until(() => publication.positionLimit > 0 && named.positionLimit > 0);
  expect([publication.positionLimit, named.positionLimit]).toEqual([4096, 8192]);
});

test('the sections have the lengths of the options', async () => {
  const aeron = await connect(
    startDriver({ toDriverLength: 131_072, toClientsLength: 65_536, errorLogLength: 65_536 }),
  );
  const { sections } = aeron.files.header;
  expect([sections.toDriver.length, sections.toClients.length, sections.errorLog.length]).toEqual([
    131_072 + 768,
    65_536 + 128,
    65_536,
  ]);
  expect((await aeron.addPublication('aeron:ipc', 1)).isClosed).toBe(false);
});

test('the driver does not allocate reserved session ids', async () => {
  const low = -(2 ** 31);
  const driver = startDriver({ reservedSessionIdLow: low, reservedSessionIdHigh: 2 ** 31 - 3 });
  const aeron = await connect(driver);
  const first = await aeron.addExclusivePublication('aeron:ipc', 1);
  expect(first.sessionId).toBeGreaterThanOrEqual(2 ** 31 - 2);
});

test('with the option tether: false publishers do not wait for a subscriber that does not poll', async () => {
  const driver = startDriver({
    tether: false,
    rejoin: false,
    untetheredWindowLimitMs: 20,
    untetheredLingerMs: 20,
    publicationWindow: 4096,
  });
  const aeron = await connect(driver);
  const slow = await aeron.addSubscription('aeron:ipc', 1);
  const quick = await aeron.addSubscription('aeron:ipc', 1);
  const publication = await aeron.addPublication('aeron:ipc', 1);
  await until(() => slow.isConnected && quick.isConnected && publication.isConnected);
  await until(() => {
    publication.offer(Buffer.alloc(100));
    quick.poll(() => {}, 100);
    return publication.position > 100_000;
  });
  // The client learns of it in its next cycle.
  await until(() => !slow.isConnected);
});

test('a cycle stores no counter of a publication without traffic, and moves the limit after traffic', async () => {
  const driver = startDriver({ useInvoker: true, termLength: 65_536 });
  driver.doWork();
  const aeron = await connect(driver, { useInvoker: true });
  const turns = (count: number) => {
    for (let i = 0; i < count; i++) {
      driver.doWork();
      aeron.doWork();
    }
  };
  const subscribing = aeron.asyncAddSubscription('aeron:ipc', 1);
  const adding = aeron.asyncAddExclusivePublication('aeron:ipc', 1);
  turns(4);
  const publication = adding.poll();
  const subscription = subscribing.poll();
  expect(publication?.positionLimit).toBe(32_768);
  expect(driver.doWork()).toBe(0);
  // Many laps of the log: each is cleaned and the limit follows.
  for (let sent = 0; sent < 3000; ) {
    if ((publication?.offer(Buffer.alloc(1000)) ?? 0) > 0) sent++;
    else {
      subscription?.poll(() => {}, 100);
      driver.doWork();
    }
  }
  expect(publication?.position).toBeGreaterThan(3_000_000);
  expect(aeron.counters.value(SystemCounterId.Errors)).toBe(0n);
  expect(fs.readdirSync(`${driver.directory}/publications`).length).toBe(1);
});

test('a publication without traffic costs a cycle no ordered load', async () => {
  const driver = startDriver({ useInvoker: true, termLength: 65_536 });
  driver.doWork();
  const aeron = await connect(driver, { useInvoker: true });
  const add = (count: number) => {
    for (let i = 0; i < count; i++) {
      aeron.asyncAddSubscription('aeron:ipc', i).result.catch(() => {});
      aeron.asyncAddExclusivePublication('aeron:ipc', i).result.catch(() => {});
    }
    while (driver.doWork() > 0);
  };
  const loadsOfACycle = () => {
    const load = vi.spyOn(Atomics, 'load');
    driver.doWork();
    const { length } = load.mock.calls;
    load.mockRestore();
    return length;
  };
  // A cycle with a tick of the timer loads more.
  const leastLoads = () => Math.min(...Array.from({ length: 5 }, loadsOfACycle));
  add(1);
  const loads = leastLoads();
  add(20);
  expect(leastLoads()).toBe(loads);
});

test('limits move while the driver serves a flood of commands', async () => {
  const driver = startDriver({ useInvoker: true });
  driver.doWork();
  const aeron = await connect(driver, { useInvoker: true });
  for (let i = 0; i < 1000; i++) aeron.asyncAddCounter(1001, `counter ${i}`).result.catch(() => {});
  let cycles = 0;
  for (let served = driver.doWork(); served > 0; served = driver.doWork()) {
    expect(served).toBeLessThanOrEqual(32);
    cycles++;
  }
  expect(cycles).toBeGreaterThanOrEqual(1000 / 32);
});
