// A publication over a driver in this process, for hot-functions.mjs.
import path from 'node:path';
import { Aeron, IpcMediaDriver } from '../../../dist/aeron/index.js';

/** Terms so long that no message of a test reaches the limit. */
const TERM_LENGTH = 2 ** 24;

/** @returns a publication that has a subscriber, and `close` for what it needs */
export async function exclusivePublication(root) {
  const directory = path.join(root, 'aeron');
  const driver = IpcMediaDriver.start({ directory, termLength: TERM_LENGTH });
  const aeron = await Aeron.connect({ directory });
  await aeron.addSubscription('aeron:ipc', 1);
  const publication = await aeron.addExclusivePublication('aeron:ipc', 1);
  while (!publication.isConnected) await new Promise(setImmediate);
  return {
    publication,
    close() {
      aeron.close();
      driver.close();
    },
  };
}
