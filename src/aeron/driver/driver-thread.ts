/** The thread of a driver. It runs duty cycles until it receives the stop message. */
import { parentPort, workerData } from 'node:worker_threads';
import { RingwireError } from '../../platform/index.js';
import type { DriverOptions } from './driver-options.js';
import type { ThreadMessage } from './driver-worker.js';
import { IpcMediaDriver } from './ipc-media-driver.js';
import { Pace } from './pace.js';

const { options, stop } = workerData as { options: DriverOptions; stop: Int32Array };
const say = (message: ThreadMessage) => parentPort?.postMessage(message);

let driver: IpcMediaDriver | null = null;
try {
  driver = IpcMediaDriver.start({ ...options, useInvoker: true });
  driver.doWork();
  say({ directory: driver.directory });
  const pace = new Pace();
  while (Atomics.load(stop, 0) === 0 && !driver.isClosed) {
    driver.doWork();
    const sleepMs = driver.nextSleepMs(pace);
    if (sleepMs > 0) Atomics.wait(stop, 0, 0, sleepMs);
  }
} catch (error) {
  const { message } = error as Error;
  say({ failure: { message, code: error instanceof RingwireError ? error.code : null } });
} finally {
  driver?.close();
}
