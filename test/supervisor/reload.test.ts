/** Reload: a manager becomes equal to a configuration, and only what differs is touched. */

import { once } from 'node:events';
import { describe, expect, it, vi } from 'vitest';
import type { Manager, ProcessSpec } from '../../src/supervisor/index.js';
import { child } from '../child.js';
import { wholeNumbersFrom } from '../seed.js';
import { sized } from '../size.js';
import { randomPair } from './random-configuration.js';
import { environmentOf, managedFolder, processesOf, shell, supervise } from './supervised.js';

const RELOADING_MANAGER = new URL('./processes/reloading-manager.mjs', import.meta.url);
const PAIRS = sized({ test: 3, all: 50, long: 500 }, 'RINGWIRE_RELOADS');
const KILLS = sized({ test: 2, all: 16, long: 100 });
const PATIENCE = 600_000;

const sleeper = (id: string, more: Partial<ProcessSpec> = {}): ProcessSpec => ({
  id,
  ...shell('exec sleep 600'),
  ...more,
});

/** Ids and states, when every process has come to rest. */
async function settled(manager: Manager): Promise<string[]> {
  const states = () => manager.list().map(({ id, state, of }) => `${id} of ${of}: ${state}`);
  await vi.waitUntil(
    () =>
      manager
        .list()
        .every(
          ({ id, state }) =>
            /^(pending|stopped|crashed)$/.test(state) || (state === 'running' && id !== 'done'),
        ),
    { timeout: PATIENCE, interval: 5 },
  );
  return states();
}

const pidsOf = (manager: Manager) => new Map(manager.list().map(({ id, pid }) => [id, pid]));

/** What a fresh manager of these processes comes to. */
async function freshStates(specs: readonly ProcessSpec[]): Promise<string[]> {
  const { manager } = await supervise();
  for (const spec of specs) await manager.register(spec);
  await manager.startAll();
  const states = await settled(manager);
  await manager.shutdown();
  return states;
}

/** Without the number of instances, which concerns none of them. */
const withoutCount = ({ instances, ...spec }: ProcessSpec) => JSON.stringify([instances === undefined, spec]);

describe('a reload', { timeout: PATIENCE }, () => {
  it(`leads ${PAIRS} random configurations to the state of a fresh start, and unchanged processes keep their pid`, async () => {
    const below = wholeNumbersFrom();
    for (let pair = 0; pair < PAIRS; pair++) {
      const [before, after] = randomPair(below);
      const { manager } = await supervise();
      for (const spec of before) await manager.register(spec);
      await manager.startAll();
      await settled(manager);
      const old = pidsOf(manager);
      const { failures } = await manager.reload(after);
      expect(failures).toEqual([]);
      expect(await settled(manager)).toEqual(await freshStates(after));
      const again = await manager.reload(after, { dryRun: true });
      expect(again.changes.map(({ action }) => action)).toEqual(after.map(() => 'unchanged'));
      for (const { id, of, pid, state } of manager.list()) {
        const was = before.find((spec) => spec.id === (of ?? id));
        const is = after.find((spec) => spec.id === (of ?? id));
        if (was === undefined || is === undefined || !old.has(id) || state === 'pending') continue;
        if (withoutCount(was) === withoutCount(is)) expect(pid, id).toBe(old.get(id));
        else expect(pid, id).not.toBe(old.get(id));
      }
      await manager.shutdown();
    }
  });

  it('names what it does with each process, and a dry run does nothing', async () => {
    const { manager } = await supervise();
    const before = [
      sleeper('same'),
      sleeper('other', { env: { A: '1' }, stopTimeoutMs: 500 }),
      sleeper('many', { instances: 2 }),
      sleeper('gone'),
    ];
    for (const spec of before) await manager.register(spec);
    await manager.startAll();
    const old = pidsOf(manager);
    const after = [
      sleeper('new'),
      sleeper('many', { instances: 3 }),
      sleeper('other', { env: { A: '2' }, stopTimeoutMs: 600 }),
      sleeper('same'),
    ];
    const changes = [
      { id: 'new', action: 'start', keys: [] },
      { id: 'many', action: 'scale', keys: ['instances'] },
      { id: 'other', action: 'restart', keys: ['env', 'stop_timeout'] },
      { id: 'same', action: 'unchanged', keys: [] },
      { id: 'gone', action: 'stop', keys: [] },
    ];
    expect(await manager.reload(after, { dryRun: true })).toEqual({ applied: false, changes, failures: [] });
    expect(pidsOf(manager)).toEqual(old);
    expect(await manager.reload(after)).toEqual({ applied: true, changes, failures: [] });
    expect(manager.list().map(({ id, state }) => `${id} ${state}`)).toEqual([
      'new running',
      'many-0 running',
      'many-1 running',
      'many-2 running',
      'other running',
      'same running',
    ]);
  });

  it('continues the output of a process that it restarts, and of instances that come back', async () => {
    const { manager } = await supervise();
    const loud = (version: number, instances: number): ProcessSpec[] => [
      { id: 'p', ...shell(`echo p ${version}; exec sleep 600`), ready: { log: 'p' } },
      { id: 'w', ...shell('echo up; exec sleep 600'), instances, ready: { log: 'up' } },
    ];
    await manager.reload(loud(1, 2));
    const channels = manager.statusOf('p').channels;
    const followers = [manager.watchLogs('p', 0), manager.watchLogs('', 0)];
    await manager.reload(loud(2, 1));
    await manager.reload(loud(3, 2));
    expect(manager.logsSnapshot('p', 0)?.toString()).toBe('p 1\np 2\np 3\n');
    expect(manager.statusOf('p').channels).toBe(channels);
    for (const watch of followers) {
      const lines: string[] = [];
      for (let bytes = watch.next(); bytes !== null; bytes = watch.next()) lines.push(String(bytes));
      expect(lines.filter((line) => line.startsWith('p'))).toEqual(['p 2\n', 'p 3\n']);
      watch.close();
    }
    expect(manager.logsSnapshot('w-1', 0)?.toString()).toBe('up\nup\n');
  });

  it('stops dependents before and starts them after what they depend on', async () => {
    const { manager, events } = await supervise();
    await manager.register(sleeper('db', { env: { V: '1' } }));
    await manager.register(sleeper('app', { dependsOn: ['db'], env: { V: '1' } }));
    await manager.startAll();
    const from = events.length;
    await manager.reload([
      sleeper('app', { dependsOn: ['db'], env: { V: '2' } }),
      sleeper('db', {
        env: { V: '2' },
        ...shell('sleep 0.1; echo up; exec sleep 600'),
        ready: { log: 'up' },
      }),
    ]);
    const steps = events.slice(from).map(({ id, type }) => `${id} ${type.replace('process.', '')}`);
    const order = ['app stopped', 'db stopping', 'db started', 'app starting'];
    expect(steps.filter((step) => order.includes(step))).toEqual(order);
  });

  it('reports what fails, does the rest, and tries it again the next time', async () => {
    const { manager } = await supervise();
    await manager.register(sleeper('a'));
    await manager.register(sleeper('b'));
    await manager.startAll();
    const after = [
      sleeper('a', { command: '/nowhere/to/be/found' }),
      sleeper('b', { env: { V: '2' } }),
      sleeper('c', { dependsOn: ['a'] }),
      sleeper('d', { user: 'no-such-user-anywhere' }),
      sleeper('e'),
    ];
    const { failures } = await manager.reload(after);
    expect(failures.map(({ id }) => id).sort()).toEqual(['a', 'c', 'd']);
    expect(failures.find(({ id }) => id === 'a')?.reason).toContain('ENOENT');
    expect(failures.find(({ id }) => id === 'd')?.reason).toMatch(
      /user 'no-such-user-anywhere' does not exist|runs as root/,
    );
    const states = () => manager.list().map(({ id, state }) => `${id} ${state}`);
    expect(states()).toEqual(['a crashed', 'b running', 'c pending', 'd crashed', 'e running']);
    const fixed = after.map((spec) => (spec.id === 'a' || spec.id === 'd' ? sleeper(spec.id) : spec));
    expect((await manager.reload(fixed)).failures).toEqual([]);
    expect(states()).toEqual(['a running', 'b running', 'c running', 'd running', 'e running']);
  });

  it.each([
    [
      'an id that occurs twice',
      [sleeper('a'), sleeper('b'), sleeper('a')],
      "process 'a' is registered already",
    ],
    [
      'the id of an instance',
      [sleeper('a', { instances: 2 }), sleeper('a-1')],
      "process 'a-1' is registered already",
    ],
    ['a circle', [sleeper('a', { dependsOn: ['b'] }), sleeper('b', { dependsOn: ['a'] })], 'in a circle'],
    ['an unknown dependency', [sleeper('a', { dependsOn: ['x'] })], "depends_on names 'x'"],
    ['a wrong key', [{ ...sleeper('a'), command: '' }], 'command is required'],
  ])('refuses %s before it changes anything', async (_what, specs, message) => {
    const { manager } = await supervise();
    await manager.register(sleeper('kept'));
    await manager.start('kept');
    const old = pidsOf(manager);
    await expect(manager.reload(specs)).rejects.toThrow(message);
    expect(pidsOf(manager)).toEqual(old);
    expect(manager.statusOf('kept').state).toBe('running');
  });

  it('waits for another one, and the last one wins', async () => {
    const { manager } = await supervise();
    await manager.register(sleeper('a', { instances: 2 }));
    await manager.startAll();
    const reports = await Promise.all([
      manager.reload([sleeper('a', { env: { V: '1' } }), sleeper('b')]),
      manager.reload([sleeper('b'), sleeper('c')]),
      manager.reload([sleeper('c'), sleeper('a', { instances: 3 })]),
    ]);
    expect(reports.flatMap(({ failures }) => failures)).toEqual([]);
    expect(manager.list().map(({ id, state }) => `${id} ${state}`)).toEqual([
      'c running',
      'a-0 running',
      'a-1 running',
      'a-2 running',
    ]);
  });

  it('during a shutdown leaves no process', async () => {
    const { manager, folder } = await supervise();
    await manager.register(sleeper('a'));
    await manager.startAll();
    const reload = manager.reload([sleeper('a', { env: { V: '2' } }), sleeper('b')]).catch(() => null);
    await manager.shutdown();
    await reload;
    expect(processesOf(folder)).toEqual([]);
  });

  it(`whose manager is killed in the middle is completed by the next manager, at ${KILLS} events`, async () => {
    const before = [sleeper('db'), sleeper('app', { dependsOn: ['db'], env: { V: '1' } }), sleeper('gone')];
    const after = [
      sleeper('db', { env: { V: '2' } }),
      sleeper('app', { dependsOn: ['db'], env: { V: '2' }, instances: 2 }),
      sleeper('new'),
    ];
    for (let kill = 1; kill <= KILLS; kill++) {
      const folder = managedFolder();
      // The reload has 17 events.
      const nth = 1 + Math.floor((kill * 16) / KILLS);
      const dying = child(RELOADING_MANAGER, folder, JSON.stringify(before), JSON.stringify(after), nth);
      await once(dying, 'exit');
      const { manager } = await supervise({ runtimeDir: folder });
      for (const spec of after) await manager.register(spec);
      await manager.stopUnregistered();
      expect(await manager.startAll()).toEqual([]);
      expect(manager.list().map(({ id, state }) => `${id} ${state}`)).toEqual([
        'db running',
        'app-0 running',
        'app-1 running',
        'new running',
      ]);
      const running = processesOf(folder);
      expect(running.sort()).toEqual(
        manager
          .list()
          .map(({ pid }) => pid)
          .sort(),
      );
      for (const { id, pid } of manager.list()) {
        const environment = environmentOf(pid);
        if (id !== 'new') expect(environment, `${id} after event ${nth}`).toContain('V=2');
      }
      await manager.shutdown();
    }
  });
});
