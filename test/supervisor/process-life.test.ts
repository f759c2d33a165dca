import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { type ProcessState, TRANSITIONS } from '../../src/supervisor/index.js';
import { freePort } from '../free-port.js';
import { temporaryFolder } from '../temporary.js';
import { processesOf, shell, supervise, WHILE_TESTED } from './supervised.js';

describe('the states of a process', () => {
  it('are eight, and each transition of the table leads to one of them', () => {
    const states = Object.keys(TRANSITIONS) as ProcessState[];
    expect(states).toEqual('pending starting running stopping stopped crashed restarting failed'.split(' '));
    for (const next of Object.values(TRANSITIONS).flat()) expect(states).toContain(next);
  });

  it('an exit with 0 leads to stopped, any other end to crashed, each with its cause', async () => {
    const { manager, until, steps } = await supervise();
    await manager.register({ id: 'good', ...shell('exit 0') });
    await manager.register({ id: 'bad', ...shell('exit 7') });
    await manager.register({ id: 'shot', ...shell('kill -SEGV $$') });
    await manager.startAll();
    expect(await until('good', 'stopped')).toMatchObject({ exit: 0 });
    expect(await until('bad', 'crashed')).toMatchObject({ exit: 7 });
    expect(await until('shot', 'crashed')).toMatchObject({ signal: 'SIGSEGV' });
    expect(steps('good')).toEqual(['starting', 'started', 'stopped'].toSpliced(0, 0, 'registered'));
    expect(manager.statusOf('bad')).toMatchObject({ state: 'crashed', exit: 7 });
  });

  it('a command that cannot be executed leads to crashed, and start throws the reason', async () => {
    const { manager, steps } = await supervise();
    await manager.register({ id: 'none', command: '/nowhere/to/be/found' });
    await expect(manager.start('none')).rejects.toThrow(/ENOENT/);
    expect(steps('none')).toEqual(['registered', 'starting', 'crashed']);
  });

  it('a stop of an unknown, pending, crashed or stopped process answers as the original', async () => {
    const { manager, until } = await supervise();
    await manager.register({ id: 'idle', ...shell('sleep 60') });
    await manager.register({ id: 'bad', ...shell('exit 1') });
    await expect(manager.stop('nobody')).rejects.toThrow('cliwrap: process not found');
    await expect(manager.stop('idle')).rejects.toThrow('cliwrap: process not running');
    await manager.start('idle');
    await expect(manager.start('idle')).rejects.toThrow('cliwrap: process already running');
    await Promise.all([manager.stop('idle'), manager.stop('idle')]);
    await manager.stop('idle');
    await manager.start('bad').catch(() => {});
    await until('bad', 'crashed');
    await manager.stop('bad');
    expect(manager.statusOf('bad').state).toBe('crashed');
  });

  it('a crash leads to restarts with growing pauses, and to failed at the limit', async () => {
    const { manager, until, steps, events } = await supervise();
    await manager.register({
      id: 'bad',
      ...shell('exit 3'),
      restart: 'on-failure',
      maxRestarts: 3,
      restartBackoffMs: 10,
    });
    await manager.start('bad').catch(() => {});
    await until('bad', 'failed');
    const round = ['starting', 'started', 'crashed'];
    expect(steps('bad')).toEqual([
      'registered',
      ...[...round, 'restarting'],
      ...[...round, 'restarting'],
      ...[...round, 'restarting'],
      ...round,
      'failed',
    ]);
    const pauses = events.filter(({ type }) => type === 'process.restarting').map(({ reason }) => reason);
    expect(pauses).toEqual(['in 10 ms', 'in 20 ms', 'in 40 ms']);
    expect(manager.statusOf('bad')).toMatchObject({ state: 'failed', restarts: 3 });
  });

  it('the policy always also restarts after exit code 0, until a stop', async () => {
    const { manager, until } = await supervise();
    await manager.register({ id: 'loop', ...shell('exit 0'), restart: 'always', restartBackoffMs: 1 });
    await manager.start('loop');
    await until('loop', 'restarting', 4);
    while (manager.statusOf('loop').state !== 'stopped') await manager.stop('loop');
    expect(manager.statusOf('loop').state).toBe('stopped');
  });

  it('concurrent starts and stops end in the state of the last one', async () => {
    const { manager, folder } = await supervise();
    await manager.register({ id: 'p', ...shell('sleep 60'), stopTimeoutMs: 500 });
    for (let i = 0; i < 20; i++) {
      const start = manager.start('p').catch((error) => expect(error.code).toBe('REFUSED'));
      const stop = manager.stop('p').catch((error) => expect(error.code).toBe('NOT_RUNNING'));
      await Promise.all([start, stop]);
      if (manager.statusOf('p').state === 'running') await manager.stop('p');
    }
    expect(manager.statusOf('p').state).toBe('stopped');
    expect(processesOf(folder)).toEqual([]);
  });
});

describe('a stop', () => {
  it('ends the whole group, including members that ignore SIGTERM, and waits for it', async () => {
    const { manager, folder, until } = await supervise();
    const wait = `while ${WHILE_TESTED}; do sleep 0.05; done`;
    await manager.register({
      id: 'tree',
      ...shell(`trap "" TERM; (${wait}) & (${wait}) & echo up; ${wait}`),
      stopTimeoutMs: 200,
      ready: { log: 'up' },
    });
    await manager.start('tree');
    expect(processesOf(folder).length).toBeGreaterThanOrEqual(3);
    await manager.stop('tree');
    expect(processesOf(folder)).toEqual([]);
    expect(await until('tree', 'stopped')).toMatchObject({ signal: 'SIGKILL' });
  });

  it('is not needed to end the remaining group of a process that ended by itself', async () => {
    const { manager, folder, until } = await supervise();
    await manager.register({ id: 'leaver', ...shell('sleep 60 & sleep 60 & exit 0'), stopTimeoutMs: 500 });
    await manager.start('leaver').catch(() => {});
    await until('leaver', 'stopped');
    await manager.stop('leaver');
    expect(processesOf(folder)).toEqual([]);
  });
});

describe('readiness', () => {
  it('is detected by a text of the output, a command, a TCP port or a Unix socket', async () => {
    const { manager, until } = await supervise();
    const folder = temporaryFolder();
    const socket = path.join(folder, 's');
    const listen = (where: string) => `setTimeout(() => require('net').createServer().listen(${where}), 100)`;
    const port = await freePort();
    const node = process.execPath;
    await manager.register({
      id: 'log',
      ...shell('sleep 0.1; printf "almo"; printf "st up\\n"; sleep 60'),
      ready: { log: 'almost up' },
    });
    await manager.register({
      id: 'exec',
      ...shell(`sleep 0.1; touch ${folder}/done; sleep 60`),
      ready: { exec: ['test', '-e', `${folder}/done`] },
    });
    await manager.register({
      id: 'port',
      command: node,
      args: ['-e', listen(String(port))],
      ready: { port },
    });
    await manager.register({
      id: 'socket',
      command: node,
      args: ['-e', listen(JSON.stringify(socket))],
      ready: { socket },
    });
    expect(await manager.startAll()).toEqual([]);
    for (const id of ['log', 'exec', 'port', 'socket']) {
      await until(id, 'started');
      expect(manager.statusOf(id).state).toBe('running');
    }
  });

  it('that is late leads to crashed', async () => {
    const { manager, until, folder } = await supervise();
    await manager.register({
      id: 'mute',
      ...shell('sleep 60'),
      ready: { log: 'never' },
      readyTimeoutMs: 100,
    });
    await expect(manager.start('mute')).rejects.toThrow('was not ready in time');
    expect(await until('mute', 'crashed')).toMatchObject({ reason: 'was not ready in time' });
    expect(processesOf(folder)).toEqual([]);
  });

  it('of dependencies precedes the start of a process, and stops have the reverse order', async () => {
    const { manager, events } = await supervise();
    await manager.register({ id: 'app', ...shell('sleep 60'), dependsOn: ['db', 'queue'] });
    await manager.register({ id: 'db', ...shell('sleep 0.1; echo up; sleep 60'), ready: { log: 'up' } });
    await manager.register({ id: 'queue', ...shell('sleep 60') });
    await manager.start('app');
    const order = events.filter(({ type }) => type === 'process.started').map(({ id }) => id);
    expect(order.at(-1)).toBe('app');
    await manager.shutdown();
    const stops = events.filter(({ type }) => type === 'process.stopped').map(({ id }) => id);
    expect(stops[0]).toBe('app');
  });

  it('of a dependency cycle is refused before any process starts', async () => {
    const { manager, steps } = await supervise();
    await manager.register({ id: 'a', ...shell('sleep 60'), dependsOn: ['b'] });
    await manager.register({ id: 'b', ...shell('sleep 60'), dependsOn: ['a'] });
    await manager.register({ id: 'c', ...shell('sleep 60'), dependsOn: ['nobody'] });
    await expect(manager.startAll()).rejects.toThrow('a -> b -> a');
    await expect(manager.start('a')).rejects.toThrow('a -> b -> a');
    await expect(manager.start('c')).rejects.toThrow("'nobody', which does not exist");
    expect(steps('a')).toEqual(['registered']);
  });
});

describe('the environment of a process', () => {
  it('consists of the variables of the manager and its own, a folder and an input', async () => {
    const { manager } = await supervise();
    const folder = temporaryFolder();
    await manager.register({
      id: 'env',
      ...shell('echo "$MINE $(pwd) $HOME."; read line; echo "got $line"'),
      env: { MINE: 'yes', HOME: null },
      workdir: folder,
      stdin: 'pipe',
    });
    await manager.start('env');
    manager.write('env', 'something\n');
    const expected = `yes ${folder} .\ngot something\n`;
    while (manager.logsSnapshot('env', 0)?.toString() !== expected) await new Promise(setImmediate);
  });

  it('is limited: memory and CPU are reported, and a limit warns or ends the process', async () => {
    const { manager, until } = await supervise({ sampleIntervalMs: 50 });
    const spin = `while ${WHILE_TESTED}; do :; done`;
    await manager.register({ id: 'warned', ...shell(spin), resources: { maxCpuPercent: 1 } });
    await manager.register({
      id: 'killed',
      command: process.execPath,
      args: ['-e', 'globalThis.all = Buffer.alloc(80 << 20, 1); setInterval(() => {}, 1000)'],
      resources: { maxRss: 60 << 20, onExceed: 'kill' },
    });
    await manager.startAll();
    expect((await until('warned', 'limit_exceeded')).reason).toMatch(/^cpu \d+ of 1 percent$/);
    expect(manager.statusOf('warned').state).toBe('running');
    expect(manager.statusOf('warned').rss).toBeGreaterThan(100_000);
    expect((await until('killed', 'crashed')).reason).toMatch(/^rss \d+ of 62914560 bytes$/);
  });
});
