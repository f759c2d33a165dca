/** The driver on a thread of its own; the thread is a file of the build, so the build is what is tested. */
import path from 'node:path';
import { expect, test } from 'vitest';
import { Aeron } from '../../src/aeron/index.js';
import { emptyFolder } from './driver-under-test.js';

const DOOR: string = 'ringwire/aeron';
const { DriverWorker } = (await import(DOOR)) as typeof import('../../src/aeron/index.js');

test('the driver relieves back pressure while the main thread is busy', async () => {
  const driver = await DriverWorker.start({
    directory: path.join(emptyFolder(), 'aeron'),
    termLength: 65_536,
    deleteDirectoryOnClose: true,
  });
  const aeron = await Aeron.connect({ directory: driver.directory });
  const subscription = await aeron.addSubscription('aeron:ipc', 1);
  const publication = await aeron.addExclusivePublication('aeron:ipc', 1);
  while (!publication.isConnected || !subscription.isConnected) await new Promise(setImmediate);
  const message = Buffer.alloc(100);
  // This loop gives no test timeout a turn: it ends itself when it hangs.
  const deadline = performance.now() + 150_000;
  let received = 0;
  // Ten times the log, without ever giving the event loop a turn.
  for (let sent = 0; sent < 20_000 && performance.now() < deadline; ) {
    if (publication.offer(message) > 0) sent++;
    received += subscription.poll(() => {}, 10);
  }
  expect(received).toBeGreaterThan(19_000);
  aeron.close();
  await driver.close();
  expect(Aeron.isDriverActive(driver.directory)).toBe(false);
});

test('a failed start throws the error of IpcMediaDriver.start()', async () => {
  const directory = path.join(emptyFolder(), 'aeron');
  const driver = await DriverWorker.start({ directory });
  await expect(DriverWorker.start({ directory })).rejects.toMatchObject({ code: 'WRITER_EXISTS' });
  await expect(DriverWorker.start({ directory, termLength: 7 })).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
  });
  await driver.close();
});
