// An embedded media driver, a driver on a thread, and clients: aeron.mjs FOLDER
import path from 'node:path';
import { Aeron, DriverWorker, IpcMediaDriver } from 'ringwire/aeron';
import { done, record } from './records.mjs';

const COUNT = 1000;
const turn = () => new Promise(setImmediate);

async function exchange(directory) {
  const aeron = await Aeron.connect({ directory });
  const subscription = await aeron.addSubscription('aeron:ipc', 10);
  const publication = await aeron.addExclusivePublication('aeron:ipc', 10);
  while (!publication.isConnected || !subscription.isConnected) await turn();
  let received = 0;
  const handler = (buffer, offset, length) => {
    const bytes = buffer.subarray(offset, offset + length);
    if (!record(received).equals(bytes)) throw new Error(`message ${received} differs`);
    received++;
  };
  for (let sent = 0; received < COUNT; ) {
    if (sent < COUNT && publication.offer(record(sent)) > 0) sent++;
    if (subscription.poll(handler, 10) === 0) await turn();
  }
  aeron.close();
}

const driver = IpcMediaDriver.start({
  directory: path.join(process.argv[2], 'embedded'),
  deleteDirectoryOnClose: true,
});
await exchange(driver.directory);
driver.close();

const worker = await DriverWorker.start({
  directory: path.join(process.argv[2], 'thread'),
  deleteDirectoryOnClose: true,
});
await exchange(worker.directory);
await worker.close();
done();
