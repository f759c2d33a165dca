/**
 * A media driver of the original, where there is one: AERON_TEST_DRIVER names its program (`aeronmd`), of which tests
 * start their own; AERON_DIR names the directory of one that runs.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { CncFile, isDriverActive } from '../../src/aeron/index.js';
import { memoryFolder } from '../temporary.js';

const program = process.env['AERON_TEST_DRIVER'] || null;
const directory = process.env['AERON_DIR'] || null;
const active = directory !== null && isDriverActive(directory);

/** Whether tests against a media driver can run; whether they can start and kill one. */
export const haveDriver = program !== null || active;
export const haveProgram = program !== null;

/** Says on stderr which tests are skipped, and why. */
export function sayWhatIsSkipped(): void {
  if (!haveDriver) {
    const reason = directory === null ? 'AERON_DIR is not set' : `no active driver in AERON_DIR=${directory}`;
    process.stderr.write(
      `tests against a media driver skipped: ${reason}, and AERON_TEST_DRIVER names no program\n`,
    );
  } else if (!haveProgram) {
    process.stderr.write('tests that restart a media driver skipped: AERON_TEST_DRIVER names no program\n');
  }
}

export interface StartedDriver {
  readonly directory: string;
  kill(): Promise<void>;
}

/** The directory of a driver for the running test. */
export async function mediaDriver(): Promise<string> {
  return program === null ? (directory as string) : (await startDriver()).directory;
}

/** Starts a driver, in the directory of one that died if so wanted; killed when the test is over. */
export async function startDriver(place = path.join(memoryFolder(), 'aeron')): Promise<StartedDriver> {
  const child = spawn(program as string, {
    stdio: 'ignore',
    env: {
      ...process.env,
      AERON_DIR: place,
      AERON_DIR_DELETE_ON_START: '1',
      AERON_THREADING_MODE: 'SHARED',
      AERON_TERM_BUFFER_LENGTH: '65536',
      AERON_IPC_TERM_BUFFER_LENGTH: '65536',
      AERON_TIMER_INTERVAL: '50ms',
      AERON_IMAGE_LIVENESS_TIMEOUT: '1s',
    },
  });
  const ended = once(child, 'exit');
  const kill = async () => {
    child.kill('SIGKILL');
    await ended;
  };
  onTestFinished(kill);
  const deadline = Date.now() + 20_000;
  // The files of one that was killed look alive for a while.
  while (!isDriverActive(place) || driverOf(place) !== child.pid) {
    if (child.exitCode !== null) throw new Error(`${program} ended with ${child.exitCode}`);
    if (Date.now() > deadline) throw new Error(`${program} is not ready after 20 s`);
    await sleep(20);
  }
  return { directory: place, kill };
}

function driverOf(place: string): number {
  using file = CncFile.open(place);
  return Number(file.header.pid);
}
