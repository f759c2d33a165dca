/** Resources of a client: their release, and counters that belong to others. */
import fs from 'node:fs';
import { expect, test } from 'vitest';
import { LogPool } from '../../src/aeron/client/conductor/log-pool.js';
import { CNC_FILE } from '../../src/aeron/client/monitoring/driver-folder.js';
import {
  Aeron,
  AeronErrorCode,
  BufferClaim,
  type Image,
  type PublicationBase,
} from '../../src/aeron/index.js';
import { sized } from '../size.js';
import { connect, startDriver, until } from './driver-under-test.js';

const ROUNDS = sized({ test: 100, all: 300, long: 10_000 });

/** Of this driver alone: what earlier tests had mapped goes away when it likes. */
function mapped({ directory }: { directory: string }, name: string): number {
  const maps = fs.readFileSync('/proc/self/maps', 'utf8').split('\n');
  return maps.filter((map) => map.includes(name) && map.includes(`${fs.realpathSync(directory)}/`)).length;
}

const mappedLogs = (driver: { directory: string }) => mapped(driver, '.logbuffer');

const descriptors = () => fs.readdirSync('/proc/self/fd').length;

test(`${ROUNDS} publications and images, opened, used and closed, leave no mapping and no descriptor`, async () => {
  const driver = startDriver();
  const aeron = await connect(driver, { resourceLingerMs: 0, idleSleepMs: 1 });
  const before = descriptors();
  for (let round = 0; round < ROUNDS; round++) {
    const subscription = await aeron.addSubscription('aeron:ipc', 1);
    const publication =
      round % 2 === 0
        ? await aeron.addExclusivePublication('aeron:ipc', 1)
        : await aeron.addPublication('aeron:ipc', 1);
    await until(() => publication.isConnected && subscription.isConnected);
    expect(publication.offer(Buffer.from('x'))).toBeGreaterThan(0);
    expect(subscription.poll(() => {}, 10)).toBe(1);
    subscription.close();
    publication.close();
    // Closed objects stay usable and answer that they are closed.
    expect(publication.offer(Buffer.from('x'))).toBe(-4);
    expect(subscription.poll(() => {}, 10)).toBe(0);
  }
  await until(() => mappedLogs(driver) === 0);
  expect(descriptors()).toBeLessThanOrEqual(before + 1);
  expect(fs.readdirSync(`${driver.directory}/publications`)).toEqual([]);
}, 600_000);

test('a log is unmapped after the close of its last user and the linger time, not before', async () => {
  const driver = startDriver();
  const aeron = await connect(driver);
  const publication = await aeron.addPublication('aeron:ipc', 2);
  const [name] = fs.readdirSync(`${driver.directory}/publications`);
  const file = `${driver.directory}/publications/${name}`;
  const pool = new LogPool(100);
  const log = pool.acquire(file);
  expect(pool.acquire(file)).toBe(log);
  pool.release(log, 1000);
  pool.sweep(5000);
  expect(log.bytes.length).toBeGreaterThan(0);
  pool.release(log, 5000);
  pool.sweep(5099);
  expect(pool.size).toBe(1);
  pool.sweep(5100);
  expect(pool.size).toBe(0);
  expect(publication.isClosed).toBe(false);
});

test('a closed client unmaps all its files, and calls on its objects do not crash', async () => {
  const driver = startDriver();
  const aeron = await connect(driver, { resourceLingerMs: 100 });
  const subscription = await aeron.addSubscription('aeron:ipc', 3);
  const publication = await aeron.addExclusivePublication('aeron:ipc', 3);
  await until(() => subscription.isConnected && publication.isConnected);
  const image = subscription.images[0] as Image;
  const claim = new BufferClaim();
  expect(publication.tryClaim(8, claim)).toBeGreaterThan(0);
  const counter = await aeron.addCounter(1001, 'mine');
  expect(mappedLogs(driver)).toBe(2);
  expect(mapped(driver, CNC_FILE)).toBe(2);
  aeron.close();
  // One mapping of cnc.dat is the driver's and stays. Of a log the driver may drop its own mapping first.
  await until(() => mapped(driver, CNC_FILE) === 1);
  expect(mappedLogs(driver)).toBeLessThanOrEqual(1);
  counter.value = 5n;
  expect(counter.value).toBe(0n);
  expect(image.poll(() => {}, 1)).toBe(0);
  expect(publication.position).toBe(-4);
  expect(aeron.counters.get(0)).toBe(null);
  expect([...aeron.counters]).toEqual([]);
  expect(() => aeron.nextCorrelationId()).toThrow('closed');
  await expect(aeron.nextAvailableSessionId(3)).rejects.toThrow('closed');
});

test('an image does not store into a position counter that the driver has allocated again', async () => {
  const aeron = await connect(startDriver());
  const subscription = await aeron.addSubscription('aeron:ipc', 4);
  const publication = await aeron.addExclusivePublication('aeron:ipc', 4);
  await until(() => publication.isConnected && subscription.isConnected);
  const image = subscription.images[0] as Image;
  const { i64, index } = aeron.files.counterSlot(image.subscriberPositionId);
  const own = i64[index / 2 + 1] as bigint;
  i64[index / 2 + 1] = own + 1n;
  publication.offer(Buffer.from('x'));
  expect(image.poll(() => {}, 1)).toBe(1);
  expect(i64[index / 2]).toBe(0n);
  i64[index / 2 + 1] = own;
  publication.offer(Buffer.from('x'));
  expect(image.poll(() => {}, 1)).toBe(1);
  expect(i64[index / 2]).toBe(128n);
  const counter = await aeron.addCounter(1001, 'mine');
  const slot = aeron.files.counterSlot(counter.counterId);
  i64[slot.index / 2 + 1] = 12_345n;
  counter.value = 5n;
  expect(i64[slot.index / 2]).toBe(0n);
});

test('a stream continues after handlers that throw, close, poll again or publish', async () => {
  const aeron = await connect(startDriver());
  const subscription = await aeron.addSubscription('aeron:ipc', 5);
  const publication = await aeron.addExclusivePublication('aeron:ipc', 5);
  await until(() => publication.isConnected && subscription.isConnected);
  const image = subscription.images[0] as Image;
  for (const text of 'abcdef') publication.offer(Buffer.from(text));
  const boom = () => {
    throw new Error('boom');
  };
  expect(() => subscription.poll(boom, 10)).toThrow('boom');
  expect(image.position).toBe(64);
  expect(() => subscription.controlledPoll(boom, 10)).toThrow('boom');
  expect(image.position).toBe(128);
  const again = () => void subscription.poll(() => {}, 1);
  expect(() => subscription.poll(again, 1)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  expect(image.position).toBe(192);
  subscription.poll(() => void publication.offer(Buffer.from('g')), 1);
  const rest: string[] = [];
  subscription.poll((b, at) => {
    rest.push(b.toString('latin1', at, at + 1));
    if (rest.length === 2) subscription.close();
  }, 10);
  expect(rest).toEqual(['e', 'f']);
  expect(subscription.poll(() => {}, 10)).toBe(0);
});

test('invalid arguments and suppliers that throw leave no open claim', async () => {
  const aeron = await connect(startDriver());
  const subscription = await aeron.addSubscription('aeron:ipc', 6);
  for (const kind of ['addExclusivePublication', 'addPublication'] as const) {
    const publication: PublicationBase = await aeron[kind]('aeron:ipc', 6);
    await until(() => publication.isConnected && subscription.images.length > 0);
    const claim = new BufferClaim();
    for (const length of [-1, 0.5, Number.NaN, '4' as never]) {
      expect(() => publication.tryClaim(length, claim)).toThrow(
        expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
      );
    }
    expect(() => publication.tryClaim(1377, claim)).toThrow(
      expect.objectContaining({ code: 'MAX_RECORD_LENGTH_EXCEEDED' }),
    );
    expect(() => publication.offer('text' as never)).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    );
    expect(() => publication.offer(Buffer.alloc(8193))).toThrow(
      expect.objectContaining({ code: 'MAX_RECORD_LENGTH_EXCEEDED' }),
    );
    expect(publication.tryClaim(8, claim)).toBeGreaterThan(0);
    expect(() => publication.tryClaim(8, claim)).toThrow(expect.objectContaining({ code: 'CLAIM_PENDING' }));
    claim.abort();
    let calls = 0;
    const supplier = () => {
      if (++calls === 2) throw new Error('no value');
      return 7n;
    };
    expect(() => publication.offer(Buffer.alloc(5000), supplier)).toThrow('no value');
    expect(publication.offer(Buffer.from('after'))).toBeGreaterThan(0);
    const read: number[] = [];
    await until(() => subscription.poll((_, __, length) => read.push(length), 10) === 0 && read.length > 1);
    // The fragment that was complete, then nothing of that message, then the next one.
    expect(read).toEqual([1376, 5]);
    publication.close();
    await until(() => subscription.images.length === 0);
  }
});

test('a request can be polled, cancelled and aborted, and the driver removes its resource', async () => {
  const driver = startDriver({ useInvoker: true });
  driver.doWork();
  const aeron = await connect(driver, { useInvoker: true });
  const work = () => {
    while (driver.doWork() > 0);
    aeron.doWork();
  };
  const polled = aeron.asyncAddPublication('aeron:ipc', 7);
  expect(polled.poll()).toBe(null);
  work();
  expect(polled.poll()?.registrationId).toBe(polled.registrationId);
  const cancelled = aeron.asyncAddExclusivePublication('aeron:ipc', 8);
  cancelled.cancel();
  expect(() => cancelled.poll()).toThrow('cancelled');
  const controller = new AbortController();
  const aborted = aeron.addSubscription('aeron:ipc', 9, { signal: controller.signal });
  controller.abort(new Error('enough'));
  await expect(aborted).rejects.toThrow('enough');
  await until(() => {
    work();
    return fs.readdirSync(`${driver.directory}/publications`).length === 1;
  });
  expect([...aeron.counters].filter(({ typeId }) => typeId === 4)).toEqual([]);
  const bad = aeron.asyncAddPublication('nonsense', 1);
  work();
  expect(() => bad.poll()).toThrow(expect.objectContaining({ errorCode: AeronErrorCode.InvalidChannel }));
});

test('a request without a response fails after the timeout, and a request to a full ring fails', async () => {
  const driver = startDriver({ useInvoker: true, timerIntervalMs: 1000 });
  driver.doWork();
  const aeron = await connect(driver, { driverTimeoutMs: 1000, keepaliveIntervalMs: 1e9 });
  await expect(aeron.addPublication('aeron:ipc', 1)).rejects.toMatchObject({
    errorCode: AeronErrorCode.DriverTimeout,
  });
  const ask = () => aeron.asyncAddCounter(1001, 'x'.repeat(380));
  const fill = () => {
    for (let i = 0; i < 10_000; i++) ask();
  };
  expect(fill).toThrow(expect.objectContaining({ errorCode: AeronErrorCode.RingFull }));
});

test('an event loop that is blocked beyond the liveness timeout ends the client with the reason', async () => {
  const driver = startDriver({ clientLivenessTimeoutMs: 2000, publicationUnblockTimeoutMs: 2500 });
  const aeron = await connect(driver);
  const publication = await aeron.addPublication('aeron:ipc', 1);
  const errors: number[] = [];
  aeron.on('error', (error) => errors.push(error.errorCode));
  const closed = new Promise((resolve) => aeron.once('close', resolve));
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2500);
  expect(await closed).toMatchObject({ code: 'AERON_ERROR' });
  expect([AeronErrorCode.ServiceInterval, AeronErrorCode.ClientTimeout]).toContain(errors[0]);
  expect(publication.isClosed).toBe(true);
});

test('a client continues after event handlers that throw', async () => {
  const aeron = await connect(startDriver());
  const errors: string[] = [];
  aeron.on('error', (error) => errors.push(error.message));
  const seen: string[] = [];
  aeron.on('newPublication', () => seen.push('publication'));
  aeron.on('newExclusivePublication', () => seen.push('exclusive publication'));
  aeron.on('newSubscription', () => seen.push('subscription'));
  aeron.on('availableCounter', () => {
    throw new Error('from a counter handler');
  });
  await aeron.addSubscription('aeron:ipc', 1, {
    onAvailableImage: () => {
      throw new Error('from an image handler');
    },
  });
  await aeron.addPublication('aeron:ipc', 1);
  await aeron.addExclusivePublication('aeron:ipc', 1);
  await until(() => errors.includes('from an image handler'));
  expect(errors).toContain('from a counter handler');
  expect(seen).toEqual(['subscription', 'publication', 'exclusive publication']);
  expect(aeron.isClosed).toBe(false);
  expect(Aeron.isDriverActive(aeron.directory)).toBe(true);
});
