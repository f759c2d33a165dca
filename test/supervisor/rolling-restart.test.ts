/** Processes with instances: their ids, their shared socket, their restart one after the other. */
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { ControlClient } from '../../src/control/index.js';
import type { ProcessSpec } from '../../src/supervisor/index.js';
import { child, kill, messageFrom } from '../child.js';
import { freePort } from '../free-port.js';
import { sized } from '../size.js';
import { temporaryFolder } from '../temporary.js';
import { managedFolder, type Supervised, shell, supervise } from './supervised.js';
import { get, startLoad } from './web-load.js';

const SERVER = fileURLToPath(new URL('./processes/web-server.mjs', import.meta.url));
const MANAGER = new URL('./processes/manager.mjs', import.meta.url);
const ROLLS = sized({ test: 1, all: 3, long: 50 });
const PATIENCE = 120_000;

const web = (port: number): ProcessSpec => ({
  id: 'web',
  command: process.execPath,
  args: [SERVER],
  instances: 4,
  listen: { port },
  ready: { log: 'listening' },
  readyTimeoutMs: PATIENCE,
  stopTimeoutMs: PATIENCE,
});

const pids = ({ manager }: Supervised) => manager.list().map(({ pid }) => pid);

/** Starts four instances of the server. Another program may take a free port before they do: then on another one. */
async function serving(supervised: Supervised): Promise<number> {
  const { manager } = supervised;
  for (;;) {
    const port = await freePort();
    await manager.register(web(port));
    const failures = await manager.startAll();
    if (failures.length === 0) return port;
    expect(String(failures[0]?.error)).toContain('EADDRINUSE');
    await manager.unregister('web');
  }
}

/** A folder whose manager was killed while four instances served; on another port where the first was taken. */
async function killedWhileServing(): Promise<{ folder: string; port: number }> {
  for (;;) {
    const folder = managedFolder();
    const port = await freePort();
    const manager = child(MANAGER, folder, JSON.stringify([web(port)]));
    expect(await messageFrom(manager)).toBe('registered');
    await messageFrom(manager);
    using client = await ControlClient.dial(path.join(folder, 'manager.sock'));
    const isServing = (await client.list()).every(({ state }) => state === 'running');
    await kill(manager);
    if (isServing) return { folder, port };
  }
}

describe('a process with instances', { timeout: PATIENCE }, () => {
  it('has an id and a number for each, and its id means all of them', async () => {
    const { manager } = await supervise();
    await manager.register({
      id: 'w',
      ...shell('echo number $RINGWIRE_INSTANCE; exec sleep 60'),
      instances: 3,
      ready: { log: 'number' },
    });
    await manager.register({ id: 'after', ...shell('exec sleep 60'), dependsOn: ['w'] });
    await manager.start('after');
    expect(manager.list().map(({ id, state, of }) => [id, state, of])).toEqual([
      ['w-0', 'running', 'w'],
      ['w-1', 'running', 'w'],
      ['w-2', 'running', 'w'],
      ['after', 'running', undefined],
    ]);
    for (const number of [0, 1, 2]) {
      expect(manager.logsSnapshot(`w-${number}`, 0)?.toString()).toBe(`number ${number}\n`);
    }
    await expect(manager.start('w')).rejects.toThrow('process already running');
    await manager.stop('w');
    expect(manager.list().map(({ state }) => state)).toEqual(['stopped', 'stopped', 'stopped', 'running']);
    await expect(manager.register({ id: 'w-1', ...shell('true') })).rejects.toMatchObject({
      code: 'DUPLICATE_ID',
    });
    await expect(manager.register({ id: 'w', ...shell('true') })).rejects.toMatchObject({
      code: 'DUPLICATE_ID',
    });
    await manager.unregister('w');
    expect(manager.list().map(({ id }) => id)).toEqual(['after']);
  });

  it('is scaled up from the lowest missing number and down from the highest', async () => {
    const { manager, steps } = await supervise();
    await manager.register({ id: 'w', ...shell('exec sleep 60'), instances: 2 });
    await manager.register({ id: 'last', ...shell('exec sleep 60') });
    await manager.startAll();
    const [first, second] = manager.list().map(({ pid }) => pid);
    await manager.scale('w', 4);
    expect(manager.list().map(({ id, state }) => `${id} ${state}`)).toEqual([
      'w-0 running',
      'w-1 running',
      'w-2 running',
      'w-3 running',
      'last running',
    ]);
    await manager.scale('w', 1);
    expect(manager.list().map(({ id, pid }) => [id, pid])).toEqual([
      ['w-0', first],
      ['last', expect.any(Number)],
    ]);
    expect(second).toBeGreaterThan(0);
    expect(steps('w-3').slice(-2)).toEqual(['stopping', 'stopped']);
    await expect(manager.scale('last', 2)).rejects.toThrow('last has no instances');
    await expect(manager.scale('w', 0)).rejects.toThrow('from 1 to 1000');
    await expect(manager.scale('nobody', 2)).rejects.toThrow('process not found');
  });

  it('is not scaled down below an instance that another process depends on', async () => {
    const { manager } = await supervise();
    await manager.register({ id: 'w', ...shell('exec sleep 60'), instances: 2 });
    await manager.register({ id: 'user', ...shell('exec sleep 60'), dependsOn: ['w-1'] });
    await expect(manager.scale('w', 1)).rejects.toThrow("depends_on names 'w-1', which does not exist");
    expect(manager.list().map(({ id }) => id)).toEqual(['w-0', 'w-1', 'user']);
  });
});

describe('a rolling restart', { timeout: PATIENCE }, () => {
  it(`of a web server with 4 instances under load refuses and resets no connection, ${ROLLS} times`, async () => {
    const supervised = await supervise();
    const port = await serving(supervised);
    const load = startLoad(port, 8);
    for (let roll = 0; roll < ROLLS; roll++) {
      const before = pids(supervised);
      await load.until((answer) => before.includes(Number(answer.split(' ')[1])));
      await supervised.manager.restart('web');
      const after = pids(supervised);
      expect(after.filter((pid) => before.includes(pid))).toEqual([]);
      await load.until((answer) => after.includes(Number(answer.split(' ')[1])));
    }
    await load.stop();
    expect(load.errors).toEqual([]);
    expect(supervised.manager.list().map(({ state }) => state)).toEqual(Array(4).fill('running'));
  });

  it('restarts the next instance only when the one before is ready', async () => {
    const { manager, events } = await supervise();
    await manager.register({
      id: 'w',
      ...shell('sleep 0.1; echo up; exec sleep 60'),
      instances: 3,
      ready: { log: 'up' },
    });
    await manager.startAll();
    const from = events.length;
    await manager.restart('w');
    const round = ['process.stopping', 'process.stopped', 'process.starting', 'process.started'];
    expect(events.slice(from).map(({ id, type }) => `${type} ${id}`)).toEqual(
      ['w-0', 'w-1', 'w-2'].flatMap((id) => round.map((type) => `${type} ${id}`)),
    );
  });

  it('ends at the first instance that fails, and leaves the others running', async () => {
    const flag = path.join(temporaryFolder(), 'flag');
    const supervised = await supervise();
    const script = `if [ -e ${flag} ] && [ $RINGWIRE_INSTANCE = 1 ]; then exit 3; fi; echo up; exec sleep 60`;
    await supervised.manager.register({ id: 'w', ...shell(script), instances: 4, ready: { log: 'up' } });
    await supervised.manager.startAll();
    const before = pids(supervised);
    fs.writeFileSync(flag, '');
    await expect(supervised.manager.restart('w')).rejects.toThrow(
      /^cliwrap: w-1: .*ended before it was ready; not restarted: w-2, w-3$/,
    );
    const after = pids(supervised);
    expect(after.slice(2)).toEqual(before.slice(2));
    expect(after[0]).not.toBe(before[0]);
    expect(supervised.manager.list().map(({ state }) => state)).toEqual([
      'running',
      'crashed',
      'running',
      'running',
    ]);
  });
});

describe('the socket of `listen`', { timeout: PATIENCE }, () => {
  it('keeps connections waiting while no instance runs, and is closed with the last one', async () => {
    const supervised = await supervise();
    const { manager } = supervised;
    const port = await serving(supervised);
    await manager.stop('web');
    const waiting = get(port);
    await manager.start('web-2');
    expect(await waiting).toMatch(/^2 \d+$/);
    await manager.unregister('web');
    await expect(get(port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('is not opened where another program listens', async () => {
    const first = await supervise();
    const port = await serving(first);
    const { manager } = await supervise();
    await manager.register(web(port));
    await expect(manager.start('web')).rejects.toThrow(`cannot listen at 127.0.0.1:${port}: EADDRINUSE`);
  });

  it('is shared by the instances that a later manager adopts and those that it starts', async () => {
    const { folder, port } = await killedWhileServing();
    const supervised = await supervise({ runtimeDir: folder });
    await supervised.manager.register(web(port));
    const before = pids(supervised);
    expect(supervised.manager.list().map(({ state }) => state)).toEqual(Array(4).fill('running'));
    const load = startLoad(port, 4);
    await supervised.manager.restart('web-0');
    await load.until((answer) => answer.startsWith('0 '));
    await load.stop();
    expect(load.errors).toEqual([]);
    expect(pids(supervised).slice(1)).toEqual(before.slice(1));
  });
});
