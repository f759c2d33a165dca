/** The thread of a driver: cycles until it is told to stop, sleeping a little longer the longer nothing happens. */
import { parentPort, workerData } from 'node:worker_threads';
import { RingwireError } from '../../platform/index.js';
import type { DriverOptions } from './driver-options.js';
import type { ThreadMessage } from './driver-worker.js';
import { IpcMediaDriver } from './ipc-media-driver.js';

/** Cycles without work before the thread sleeps at all. */
const SPINS = 20;
const SHORTEST_SLEEP_MILLIS = 0.1;
const LONGEST_SLEEP_MILLIS = 1;

const { options, stop } = workerData as { options: DriverOptions; stop: Int32Array };
const say = (message: ThreadMessage) => parentPort?.postMessage(message);

try {
  const driver = IpcMediaDriver.start({ ...options, useInvoker: true });
  driver.doWork();
  say({ directory: driver.directory });
  let idle = 0;
  let sleep = SHORTEST_SLEEP_MILLIS;
  while (Atomics.load(stop, 0) === 0 && !driver.isClosed) {
    if (driver.doWork() > 0) {
      idle = 0;
      sleep = SHORTEST_SLEEP_MILLIS;
    } else if (++idle > SPINS) {
      Atomics.wait(stop, 0, 0, sleep);
      sleep = Math.min(sleep * 1.1, LONGEST_SLEEP_MILLIS);
    }
  }
  driver.close();
} catch (error) {
  const { message } = error as Error;
  say({ failure: { message, code: error instanceof RingwireError ? error.code : null } });
}
