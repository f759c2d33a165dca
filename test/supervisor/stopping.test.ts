/** Stops and shutdowns at every moment, and how often a process is restarted. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ReadinessProbe } from '../../src/supervisor/index.js';
import { readStat } from '../../src/supervisor/process/proc-files.js';
import { endGroup } from '../../src/supervisor/process/process-group.js';
import { resolveSpec } from '../../src/supervisor/specification/process-spec.js';
import { endsWithTest } from '../child.js';
import { temporaryFolder } from '../temporary.js';
import { processesOf, shell, supervise } from './supervised.js';

afterEach(() => void vi.restoreAllMocks());

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

describe('a stop while a start waits for the remains of the last run', () => {
  it('starts nothing', async () => {
    const { manager, until, steps } = await supervise();
    const remains = '(while :; do sleep 0.1; done) &';
    await manager.register({
      id: 'p',
      ...shell(`trap "" TERM; echo up; ${remains} exit 0`),
      stopTimeoutMs: 500,
    });
    await manager.start('p');
    await until('p', 'stopped');
    const starting = manager.start('p');
    await until('p', 'starting', 2);
    await Promise.all([expect(starting).rejects.toThrow('stopped before it was running'), manager.stop('p')]);
    expect(steps('p').slice(3)).toEqual(['stopped', 'starting', 'stopping', 'stopped']);
    expect(manager.logsSnapshot('p', 0)?.toString()).toBe('up\n');
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

describe('the end of a group is given up', () => {
  /** A child in a group of its own, which no signal reaches, and a clock that passes quickly. */
  async function unreachable() {
    const child = endsWithTest(spawn('sleep', ['60'], { detached: true, stdio: 'ignore' }));
    await once(child, 'spawn');
    const pid = child.pid as number;
    const startTime = readStat(pid)?.startTime as string;
    const kill = process.kill.bind(process);
    const sent: unknown[] = [];
    vi.spyOn(process, 'kill').mockImplementation((target, signal) => {
      if (Math.abs(target) !== pid || signal === 0) return kill(target, signal);
      sent.push(signal);
      return true;
    });
    let now = performance.now();
    vi.spyOn(performance, 'now').mockImplementation(() => {
      now += 400;
      return now;
    });
    return { pid, startTime, sent };
  }

  it('ten seconds after SIGKILL, and its members are reported', async () => {
    const { pid, startTime, sent } = await unreachable();
    expect(await endGroup(pid, startTime, 2_000)).toEqual([pid]);
    expect(sent.slice(0, 2)).toEqual(['SIGTERM', 'SIGCONT']);
    expect(new Set(sent.slice(2))).toEqual(new Set(['SIGKILL']));
    expect(sent.length).toBeGreaterThan(4);
  });

  it('at the same time when /proc cannot be read', async () => {
    const { pid, startTime } = await unreachable();
    vi.spyOn(fs, 'readdirSync').mockImplementation(() => {
      throw Object.assign(new Error('no descriptor is free'), { code: 'EMFILE' });
    });
    expect(await endGroup(pid, startTime, 2_000)).toEqual([pid]);
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
