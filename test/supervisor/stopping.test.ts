/** Stops and shutdowns at every moment, and how often a process is restarted. */
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ReadinessProbe } from '../../src/supervisor/index.js';
import { resolveSpec } from '../../src/supervisor/process/process-spec.js';
import { temporaryFolder } from '../temporary.js';
import { processesOf, shell, supervise } from './supervised.js';

describe('a shutdown while a process is not ready', () => {
  it.each(['log', 'exec', 'port', 'socket', 'beat'])('ends the wait for %s and the process', async (kind) => {
    const probes: Record<string, ReadinessProbe> = {
      log: { log: 'never' },
      exec: { exec: ['sleep', '1000'] },
      port: { port: 1 },
      socket: { socket: path.join(temporaryFolder(), 'none') },
      beat: { beat: true },
    };
    const { manager, folder, until, steps } = await supervise();
    const ready = probes[kind] as ReadinessProbe;
    await manager.register({ id: 'first', ...shell('exec sleep 60'), ready, readyTimeoutMs: 3_600_000 });
    await manager.register({ id: 'second', ...shell('exec sleep 60'), dependsOn: ['first'] });
    const starting = manager.startAll();
    await until('first', 'starting');
    while (processesOf(folder).length === 0) await new Promise(setImmediate);
    // With a wait that does not end, this would take an hour.
    await manager.shutdown();
    expect((await starting).map(({ id }) => id).sort()).toEqual(['first', 'second']);
    expect(processesOf(folder)).toEqual([]);
    expect(steps('first')).toEqual(['registered', 'starting', 'stopping', 'stopped']);
    expect(steps('second')).toEqual(['registered']);
  });
});

describe('kill', () => {
  it('ends groups that ignore SIGTERM immediately, and restarts no process', async () => {
    const { manager, folder, until } = await supervise();
    const stubborn = shell('trap "" TERM; echo up; while :; do sleep 0.1; done');
    await manager.register({
      id: 'p',
      ...stubborn,
      ready: { log: 'up' },
      restart: 'always',
      restartBackoffMs: 10,
      stopTimeoutMs: 86_400_000,
    });
    await manager.start('p');
    const stopped = manager.shutdown();
    await until('p', 'stopping');
    manager.kill();
    await stopped;
    expect(processesOf(folder)).toEqual([]);
    expect(manager.statusOf('p').state).toBe('stopped');
  });
});

describe('a stopped child', () => {
  it('is continued after SIGTERM, and ends cleanly', async () => {
    const { manager, until } = await supervise();
    await manager.register({
      id: 'p',
      ...shell('trap "echo clean; exit 0" TERM; echo up; while :; do sleep 0.05; done'),
      ready: { log: 'up' },
      stopTimeoutMs: 60_000,
    });
    await manager.start('p');
    process.kill(manager.statusOf('p').pid as number, 'SIGSTOP');
    await manager.stop('p');
    expect(await until('p', 'stopped')).toMatchObject({ exit: 0 });
    expect(manager.logsSnapshot('p', 0)?.toString()).toBe('up\nclean\n');
  });
});

describe('a restart policy', () => {
  const spec = { id: 'p', command: 'true' };

  it('waits at least 10 ms, and forgets restarts after 100 ms at the earliest', () => {
    const resolved = resolveSpec({ ...spec, restartBackoffMs: 0, restartResetMs: 0 });
    expect(resolved).toMatchObject({ restartBackoffMs: 10, restartResetMs: 100 });
  });

  it('doubles the pause from the minimum', async () => {
    const { manager, events, until } = await supervise();
    await manager.register({ ...spec, ...shell('exit 1'), restart: 'always', restartBackoffMs: 0 });
    await manager.start('p').catch(() => {});
    await until('p', 'restarting', 4);
    const pauses = events.filter(({ type }) => type === 'process.restarting').map(({ reason }) => reason);
    expect(pauses.slice(0, 4)).toEqual(['in 10 ms', 'in 20 ms', 'in 40 ms', 'in 80 ms']);
  });
});

describe('the text of a readiness probe', () => {
  it('is found in a line that arrives in pieces, with output of the other stream between them', async () => {
    const { manager } = await supervise();
    const script = 'printf "server is "; sleep 0.1; echo warning >&2; sleep 0.1; echo ready; exec sleep 60';
    await manager.register({ id: 'p', ...shell(script), ready: { log: 'server is ready' } });
    await manager.start('p');
    expect(manager.statusOf('p').state).toBe('running');
  });

  it('is not matched across two streams', async () => {
    const { manager } = await supervise();
    const script = 'printf "not "; sleep 0.1; printf ready >&2; sleep 0.1';
    await manager.register({ id: 'p', ...shell(script), ready: { log: 'not ready' } });
    await expect(manager.start('p')).rejects.toThrow('ended before it was ready');
  });
});

describe('a command that cannot be started', () => {
  it.each([
    ['names a missing workdir', { workdir: '/not/there' }, 'workdir /not/there does not exist'],
    ['names a workdir that is a file', { workdir: '/etc/passwd' }, 'workdir /etc/passwd is not a folder'],
    ['explains a command with blanks', { command: 'sleep 5' }, 'put its arguments into args'],
  ])('%s', async (_what, wrong, message) => {
    const { manager } = await supervise();
    await manager.register({ id: 'p', command: 'true', ...wrong });
    await expect(manager.start('p')).rejects.toThrow(message);
    expect(manager.statusOf('p').state).toBe('crashed');
  });
});
