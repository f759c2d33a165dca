import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import tmp from 'tmp';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Aeron } from '../../src/aeron/index.js';

const LONG = process.env['RINGWIRE_LONG'] === '1';
const MESSAGES = LONG ? 34_000_000 : 200_000;
const KILLS = LONG ? 100 : 8;

let folder: tmp.DirResult;
let directory: string;
const children = new Set<ChildProcess>();

beforeEach(() => {
  folder = tmp.dirSync({ unsafeCleanup: true });
  directory = path.join(folder.name, 'aeron');
});

afterEach(async () => {
  await Promise.all([...children].map((child) => stop(child, 'SIGKILL')));
  folder.removeCallback();
});

/** Starts a program of `processes/` and waits until it says `ready`. */
async function start(
  program: string,
  ...args: (string | number)[]
): Promise<ChildProcess & { said: string[] }> {
  const file = path.join(import.meta.dirname, 'processes', `${program}.mjs`);
  const child = Object.assign(spawn(process.execPath, [file, directory, ...args.map(String)]), {
    said: [] as string[],
  });
  children.add(child);
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
  children.delete(child);
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill(signal);
  await once(child, 'exit');
}

async function end(child: ChildProcess & { said: string[] }): Promise<Record<string, number>> {
  if (child.exitCode === null) await once(child, 'exit');
  expect(child.exitCode, child.said.join('\n')).toBe(0);
  children.delete(child);
  return JSON.parse(child.said.at(-1) as string);
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
    LONG ? 3_600_000 : 60_000,
  );
}

test(
  `a publisher killed ${KILLS} times at random never shows a subscriber a torn message`,
  async () => {
    await start('driver');
    const subscriber = await start('subscriber', 2, 1, 0);
    for (let kill = 0; kill < KILLS; kill++) {
      const publisher = await start('publisher', 2, 0, 1e9, kill % 2 ? 'exclusive' : 'shared');
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 150));
      await stop(publisher, 'SIGKILL');
      // A shared log goes on only when the driver has given the dead client up.
      await new Promise((resolve) => setTimeout(resolve, 1800));
      expect(subscriber.exitCode, subscriber.said.join('\n')).toBe(null);
    }
    const aeron = await Aeron.connect({ directory });
    const timeouts = [...aeron.counters].find(({ label }) => label === 'Client liveness timeouts');
    expect(Number(timeouts?.value)).toBeGreaterThanOrEqual(KILLS - 1);
    aeron.close();
  },
  LONG ? 3_600_000 : 90_000,
);

test('a subscriber that is killed no longer holds its publisher back', async () => {
  await start('driver');
  const subscriber = await start('subscriber', 3, 1, 0);
  const publisher = await start('publisher', 3, 0, MESSAGES, 'exclusive');
  await stop(subscriber, 'SIGKILL');
  const second = await start('subscriber', 3, 1, 0);
  expect(await end(publisher)).toEqual({ published: MESSAGES });
  expect(second.exitCode, second.said.join('\n')).toBe(null);
}, 60_000);

test('a killed driver ends its clients with a reason; a new one takes the directory over', async () => {
  const driver = await start('driver');
  const aeron = await Aeron.connect({ directory, driverTimeout: 1000 });
  const errors: Error[] = [];
  aeron.on('error', (error) => errors.push(error));
  const closed = new Promise((resolve) => aeron.once('close', resolve));
  const publication = await aeron.addPublication('aeron:ipc', 4);
  await stop(driver, 'SIGKILL');
  await closed;
  expect(errors[0]?.message).toContain('no sign of life');
  expect(publication.isClosed).toBe(true);
  // As with the original, a directory counts as active until its driver has been silent for the liveness timeout.
  await new Promise((resolve) => setTimeout(resolve, 1600));
  const again = await start('driver');
  const second = await Aeron.connect({ directory });
  expect((await second.addPublication('aeron:ipc', 4)).isClosed).toBe(false);
  second.close();
  await stop(again, 'SIGTERM');
}, 60_000);
