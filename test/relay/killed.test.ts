/**
 * Both ends of a relay and the driver between them are killed at random and restarted: every record arrives
 * in the destination exactly once, in order, intact. INV-RELAY-01..03. 200 kills in the long size.
 */
import type { ChildProcess } from 'node:child_process';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { isDriverActive } from '../../src/aeron/index.js';
import { RingReader, ShmReader } from '../../src/index.js';
import { child, kill, messageFrom } from '../child.js';
import { randomFrom } from '../seed.js';
import { sized } from '../size.js';
import { memoryFolder } from '../temporary.js';
import { DESTINATION, ExpectedRecords, fill, logSource, ringSource, SOURCE } from './relay-under-test.js';

const random = randomFrom();
const KILLS = sized({ test: 2, all: 4, long: 200 });
/** Of the driver of the tests: so long its directory counts as active after its last sign of life. */
const DRIVER_TIMEOUT_MILLIS = 1000;
const DEADLINE = sized({ test: 300_000, all: 300_000, long: 1_800_000 });

const script = (name: string) => new URL(`processes/${name}.mjs`, import.meta.url);

/** Both ends of a relay and the driver between them, each a process. */
class Ends {
  readonly folder = memoryFolder();
  readonly directory = path.join(this.folder, 'aeron');
  readonly #kind: 'log' | 'ring';
  readonly #running = new Map<'send' | 'receive', ChildProcess>();

  constructor(kind: 'log' | 'ring') {
    this.#kind = kind;
  }

  async driver(): Promise<ChildProcess> {
    const process = child(script('driver'), this.directory);
    await messageFrom(process);
    return process;
  }

  start(): void {
    this.#start('send');
    this.#start('receive');
  }

  /** Kills the sender at even numbers, else the receiver, and starts another one. */
  async replaceOne(n: number): Promise<void> {
    const end = n % 2 === 0 ? 'send' : 'receive';
    await kill(this.#running.get(end) as ChildProcess);
    this.#start(end);
  }

  /** Resolves when both ends say that they are done. */
  async done(): Promise<void> {
    await Promise.all([...this.#running.values()].map((end) => messageFrom(end)));
  }

  #start(end: 'send' | 'receive'): void {
    const channel = end === 'send' ? SOURCE : DESTINATION;
    this.#running.set(end, child(script(end), this.directory, this.folder, channel, this.#kind));
  }
}

it(
  `a log into a log: ${KILLS} kills of either end`,
  async () => {
    const ends = new Ends('log');
    const records = sized({ test: 15_000, all: 30_000, long: 80_000 });
    logSource(ends.folder, records);
    await ends.driver();
    ends.start();
    const destination = await ShmReader.waitFor(ends.folder, DESTINATION, { timeoutMs: 120_000 });
    onTestFinished(() => destination.close());
    const expected = new ExpectedRecords();
    const arrived = async (count: number) => {
      while (expected.count < count) {
        if (destination.poll(expected.take, 100) === 0) await sleep(1);
      }
    };
    for (let n = 0; n < KILLS; n++) {
      await arrived(Math.round((n * records) / (KILLS + 1)) + random() * 100);
      await ends.replaceOne(n);
    }
    await Promise.all([ends.done(), arrived(records)]);
    expect(destination.poll(expected.take)).toBe(0);
    expect(destination.endReason?.code).toBe('CLOSED');
  },
  DEADLINE,
);

it(
  `a ring that is being written into a ring that is being read: ${KILLS} kills of either end`,
  async () => {
    const ends = new Ends('ring');
    const source = ringSource(ends.folder, 2 ** 20);
    onTestFinished(() => source.close());
    await ends.driver();
    ends.start();
    const destination = await RingReader.waitFor(ends.folder, DESTINATION, { timeoutMs: 120_000 });
    onTestFinished(() => destination.close());
    const expected = new ExpectedRecords();
    let written = 0;
    const carry = async (until: () => boolean) => {
      while (!until()) {
        // A ring waits for readers that are there only: what nobody has read must not come to more than the ring holds.
        written = fill(source, written, Math.min(expected.count + 1000, written + 50));
        destination.poll(expected.take, 100);
        await sleep(1);
      }
    };
    for (let n = 0; n < KILLS; n++) {
      const end = performance.now() + 150 + random() * 300;
      await carry(() => performance.now() > end);
      await ends.replaceOne(n);
    }
    const before = expected.count;
    await carry(() => expected.count >= before + 5000);
    source.close();
    while (destination.poll(expected.take, 100) > 0 || destination.endReason === null) await sleep(1);
    expect(expected.count).toBe(written);
    expect(destination.endReason?.code).toBe('CLOSED');
    expect(destination.losses.records).toBe(0);
  },
  DEADLINE,
);

it(
  'both ends of a relay continue with the next driver after a kill of the first',
  async () => {
    const ends = new Ends('ring');
    const source = ringSource(ends.folder, 2 ** 20);
    onTestFinished(() => source.close());
    const driver = await ends.driver();
    ends.start();
    const destination = await RingReader.waitFor(ends.folder, DESTINATION, { timeoutMs: 120_000 });
    onTestFinished(() => destination.close());
    const expected = new ExpectedRecords();
    let written = 0;
    const carry = async (count: number) => {
      while (expected.count < count) {
        written = fill(source, written, expected.count + 500);
        destination.poll(expected.take, 100);
        await sleep(1);
      }
    };
    await carry(500);
    await kill(driver);
    while (isDriverActive(ends.directory, DRIVER_TIMEOUT_MILLIS)) await sleep(10);
    await ends.driver();
    await carry(1500);
    source.close();
    const done = ends.done();
    while (destination.poll(expected.take, 100) > 0 || destination.endReason === null) await sleep(1);
    expect(expected.count).toBe(written);
    await done;
  },
  DEADLINE,
);
