/**
 * Ends the process with SIGABRT when its event loop is blocked for too long, so that a service manager restarts it. A
 * thread counts its own wake-ups, so time in which the whole process was stopped does not count.
 */
import { Worker } from 'node:worker_threads';
import { RingwireError } from '../../platform/index.js';

const LOOK_MILLIS = 250;

/** Code of the worker thread. */
const WATCH = `
const { workerData } = require('node:worker_threads');
const ticks = new Int32Array(workerData.ticks);
let last = -1;
let looks = 0;
setInterval(() => {
  const now = Atomics.load(ticks, 0);
  looks = now === last ? looks + 1 : 0;
  last = now;
  if (looks >= workerData.looks) process.kill(process.pid, 'SIGABRT');
}, ${LOOK_MILLIS});
`;

/**
 * Watches the event loop of this process from a thread. Ends the process with SIGABRT when the loop is blocked for too
 * long.
 *
 * @example
 * const watchdog = new SelfWatchdog(30);
 */
export class SelfWatchdog {
  readonly #worker: Worker;
  readonly #timer: NodeJS.Timeout;

  /** @param seconds longest time between two turns of the event loop, 1 to 86400. @throws RingwireError `INVALID_ARGUMENT` */
  constructor(seconds: number) {
    if (!Number.isInteger(seconds) || seconds < 1 || seconds > 86_400) {
      throw new RingwireError('INVALID_ARGUMENT', `seconds must be from 1 to 86400, not ${seconds}`);
    }
    const ticks = new Int32Array(new SharedArrayBuffer(4));
    const looks = Math.ceil((seconds * 1000) / LOOK_MILLIS);
    this.#worker = new Worker(WATCH, { eval: true, workerData: { ticks: ticks.buffer, looks } });
    this.#worker.unref();
    this.#timer = setInterval(() => Atomics.add(ticks, 0, 1), LOOK_MILLIS);
    this.#timer.unref();
  }

  /** Stops watching. */
  async close(): Promise<void> {
    await this.#worker.terminate();
    clearInterval(this.#timer);
  }
}
