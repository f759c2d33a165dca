/** A driver and clients in one process, driven by hand or by their own timers, removed after each test. */
import path from 'node:path';
import tmp from 'tmp';
import { onTestFinished } from 'vitest';
import { Aeron, type AeronOptions, type DriverOptions, IpcMediaDriver } from '../../src/aeron/index.js';

export const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

export async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 120_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error('the condition did not hold within 120 s');
    await turn();
  }
}

export function emptyFolder(): string {
  const folder = tmp.dirSync({ unsafeCleanup: true });
  onTestFinished(() => folder.removeCallback());
  return folder.name;
}

export function startDriver(options: DriverOptions = {}): IpcMediaDriver {
  const driver = IpcMediaDriver.start({
    directory: path.join(emptyFolder(), 'aeron'),
    termLength: 65_536,
    counterValuesLength: 2 ** 20,
    timerIntervalMs: 10,
    lingerMs: 0,
    ...options,
  });
  onTestFinished(() => driver.close());
  return driver;
}

export async function connect(driver: IpcMediaDriver, options: AeronOptions = {}): Promise<Aeron> {
  const aeron = await Aeron.connect({ directory: driver.directory, ...options });
  onTestFinished(() => aeron.close());
  return aeron;
}
