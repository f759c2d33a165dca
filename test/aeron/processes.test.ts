import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, expect, test } from 'vitest';
import { Aeron, CncFile, isDriverActive } from '../../src/aeron/index.js';
import { endsWithTest } from '../child.js';
import { randomFrom } from '../seed.js';
import { SIZE, sized } from '../size.js';
import { temporaryFolder } from '../temporary.js';

const LONG = SIZE === 'long';
const MESSAGES = sized({ test: 100_000, all: 200_000, long: 34_000_000 });
const KILLS = sized({ test: 3, all: 4, long: 100 });
const SUBSCRIBER_KILLS = sized({ test: 2, all: 3, long: 100 });
const DRIVER_KILLS = sized({ test: 1, all: 1, long: 100 });
const random = randomFrom();

/** Of the driver of `processes/`: so long its directory counts as active after its last sign of life. */
const DRIVER_TIMEOUT_MILLIS = 1500;

let directory: string;

beforeEach(() => {
  directory = path.join(temporaryFolder(), 'aeron');
});

/** A program, what it has said, and its end, which comes behind the last of its output. */
interface Program extends ChildProcess {
  readonly said: string[];
  readonly closed: Promise<unknown>;
}

/** Starts a program of `processes/` and waits until it says `ready`. */
async function start(program: string, ...args: (string | number)[]): Promise<Program> {
  const file = path.join(import.meta.dirname, 'processes', `${program}.mjs`);
  const started = endsWithTest(spawn(process.execPath, [file, directory, ...args.map(String)]));
  const child = Object.assign(started, { said: [] as string[], closed: once(started, 'close') });
  let errors = '';
  child.stderr.on('data', (chunk) => {
    errors += chunk;
    child.said.push(String(chunk));
  });
  child.stdout.on('data', (chunk) => child.said.push(...String(chunk).split('\n').filter(Boolean)));
  while (!child.said.includes('ready')) {
    await Promise.race([once(child.stdout, 'data'), once(child, 'exit')]);
    if (child.exitCode !== null) throw new Error(`${program} ended with ${child.exitCode}: ${errors}`);
  }
  return child;
}

async function stop(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill(signal);
  await once(child, 'exit');
}

async function end(child: Program): Promise<Record<string, number>> {
  await child.closed;
  expect(child.exitCode, child.said.join('\n')).toBe(0);
  return JSON.parse(child.said.at(-1) as string);
}

/** How many clients the driver has given up because they gave no sign of life. */
function clientsGivenUp(): number {
  using cnc = CncFile.open(directory);
  const timeouts = [...cnc.counters].find(({ label }) => label === 'Client liveness timeouts');
  return Number(timeouts?.value);
}

for (const [kind, publishers] of [
  ['exclusive', 1],
  ['shared', 2],
] as const) {
  test(
    `${publishers} ${kind} publisher(s) and a subscriber, each a process: every message once, in order, intact`,
    async () => {
      // In the long run a term for every 16 384 messages: thousands of rotations.
      await start('driver', LONG ? 2 ** 20 : 65_536);
      const subscriber = await start('subscriber', 1, publishers, MESSAGES);
      const sides = await Promise.all(
        Array.from({ length: publishers }, (_, id) => start('publisher', 1, id, MESSAGES, kind)),
      );
      for (const side of sides) expect(await end(side)).toEqual({ published: MESSAGES });
      expect((await end(subscriber))['received']).toBe(publishers * MESSAGES);
    },
    LONG ? 3_600_000 : 300_000,
  );
}

test(
  `a publisher killed ${KILLS} times at random never shows a subscriber a torn message`,
  async () => {
    await start('driver');
    const subscriber = await start('subscriber', 2, 1, 0);
    for (let kill = 0; kill < KILLS; kill++) {
      const publisher = await start('publisher', 2, 0, 1e9, kill % 2 ? 'exclusive' : 'shared');
      await sleep(random() * 150);
      await stop(publisher, 'SIGKILL');
      // A shared log continues only after the driver has removed the dead client.
      while (clientsGivenUp() <= kill) await sleep(10);
      expect(subscriber.exitCode, subscriber.said.join('\n')).toBe(null);
    }
    expect(clientsGivenUp()).toBe(KILLS);
  },
  LONG ? 3_600_000 : 300_000,
);

test(
  `a subscriber killed ${SUBSCRIBER_KILLS} times at random no longer holds its publisher back`,
  async () => {
    await start('driver');
    const publisher = await start('publisher', 3, 0, 1e9, 'exclusive');
    for (let kill = 0; kill < SUBSCRIBER_KILLS; kill++) {
      const subscriber = await start('subscriber', 3, 1, 0);
      await sleep(random() * 150);
      expect(subscriber.exitCode, subscriber.said.join('\n')).toBe(null);
      await stop(subscriber, 'SIGKILL');
      expect(publisher.exitCode, publisher.said.join('\n')).toBe(null);
    }
    const aeron = await Aeron.connect({ directory });
    const subscription = await aeron.addSubscription('aeron:ipc', 3);
    // More than a window: the dead ones must have been given up.
    let received = 0;
    while (received < 5000) {
      if (subscription.poll(() => void received++, 100) === 0) await new Promise(setImmediate);
    }
    expect(publisher.exitCode, publisher.said.join('\n')).toBe(null);
    aeron.close();
  },
  LONG ? 3_600_000 : 300_000,
);

test(
  `a driver killed ${DRIVER_KILLS} times ends its clients with a reason; a new one takes the directory over`,
  async () => {
    for (let kill = 0; kill < DRIVER_KILLS; kill++) {
      const driver = await start('driver');
      const aeron = await Aeron.connect({ directory, driverTimeoutMs: 1000 });
      const errors: Error[] = [];
      aeron.on('error', (error) => errors.push(error));
      const closed = new Promise((resolve) => aeron.once('close', resolve));
      const publication = await aeron.addPublication('aeron:ipc', 4);
      const subscription = await aeron.addSubscription('aeron:ipc', 4);
      const until = performance.now() + random() * 100;
      let received = 0;
      while (performance.now() < until || received === 0) {
        publication.offer(Buffer.alloc(32));
        subscription.poll(() => void received++, 10);
        await new Promise(setImmediate);
      }
      await stop(driver, 'SIGKILL');
      await closed;
      expect(errors[0]?.message).toContain('has not renewed its heartbeat');
      expect([publication.isClosed, subscription.isClosed]).toEqual([true, true]);
      expect(publication.offer(Buffer.alloc(32))).toBeLessThan(0);
      expect(subscription.poll(() => {}, 10)).toBe(0);
      // As with the original, a directory counts as active until its driver has been silent for the liveness timeout.
      while (isDriverActive(directory, DRIVER_TIMEOUT_MILLIS)) await sleep(10);
    }
    const again = await start('driver');
    const second = await Aeron.connect({ directory });
    expect((await second.addPublication('aeron:ipc', 4)).isClosed).toBe(false);
    second.close();
    await stop(again, 'SIGTERM');
  },
  LONG ? 3_600_000 : 300_000,
);
