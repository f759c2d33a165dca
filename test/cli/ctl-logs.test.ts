/** `ringwire ctl logs` by lines: of several processes, chosen by time and pattern, and followed. */
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { ControlServer } from '../../src/control/index.js';
import { ScriptedService } from '../control/scripted-service.js';
import { type Supervised, shell, supervise } from '../supervisor/supervised.js';
import { temporaryFolder } from '../temporary.js';
import { finished, printed, ringwire, start } from './ringwire-command.js';

/** Two processes that have ended: what they print has a time each, `a` before `b`. */
async function twoProcesses(): Promise<Supervised & { ctl(...args: string[]): ReturnType<typeof ringwire> }> {
  const supervised = await supervise();
  const { manager, until } = supervised;
  await manager.register({ id: 'a', ...shell('echo one; echo two; echo oops >&2') });
  await manager.register({ id: 'worker', ...shell('echo three; printf "no end"') });
  for (const id of ['a', 'worker']) {
    await manager.start(id).catch(() => {});
    await until(id, 'stopped');
    await nextMillisecond();
  }
  const runtimeDir = path.dirname(manager.socketPath);
  return { ...supervised, ctl: (...args) => ringwire(['ctl', 'logs', '--runtime-dir', runtimeDir, ...args]) };
}

/** Times on the command line have milliseconds. */
async function nextMillisecond(): Promise<number> {
  const before = Date.now();
  while (Date.now() === before) await new Promise(setImmediate);
  return Date.now();
}

function sorted(text: string): string[] {
  return text.trimEnd().split('\n').sort();
}

describe('ringwire ctl logs', { timeout: 120_000 }, () => {
  it('merges the output of all processes without an id, and marks stderr', async () => {
    const { ctl } = await twoProcesses();
    const { code, stdout, stderr } = await ctl();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(sorted(stdout)).toEqual([
      ...['a      ! oops', 'a      | one', 'a      | two', 'worker | no end', 'worker | three'],
    ]);
    // The lines are in the order of their times.
    expect(stdout).toMatch(/one\n[\s\S]*two\n[\s\S]*three\nworker \| no end\n$/);
    expect(sorted((await ctl('--stream', 'stderr')).stdout)).toEqual(['a      ! oops']);
    expect(sorted((await ctl('worker', 'nobody', 'a', '--stream', 'stdout')).stdout)).toHaveLength(4);
  });

  it('prints the last lines in all with --lines', async () => {
    const { ctl } = await twoProcesses();
    expect((await ctl('-n', '2')).stdout).toBe('worker | three\nworker | no end\n');
    expect((await ctl('-n', '0', '--stream', 'stdout')).stdout.match(/\n/g)).toHaveLength(4);
    expect((await ctl('-n', '1', '--grep', 'o')).stdout).toBe('worker | no end\n');
  });

  it('prints lines that match --grep, of one process without its name', async () => {
    const { ctl } = await twoProcesses();
    expect((await ctl('--grep', '^t')).stdout).toBe('a      | two\nworker | three\n');
    expect(await ctl('--grep', 'o', 'a')).toEqual({ code: 0, stdout: 'one\ntwo\n', stderr: 'oops\n' });
    expect(await ctl('--grep', 'x', 'nobody')).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(await ctl('--grep', '(')).toMatchObject({ code: 2, stdout: '' });
  });

  it('chooses lines by time with --since and --until', async () => {
    const supervised = await supervise();
    const { manager, until } = supervised;
    const runtimeDir = path.dirname(manager.socketPath);
    const ctl = (...args: string[]) => ringwire(['ctl', 'logs', '--runtime-dir', runtimeDir, ...args]);
    const times: string[] = [];
    for (const id of ['p1', 'p2', 'p3']) {
      times.push(new Date(await nextMillisecond()).toISOString());
      await manager.register({ id, ...shell(`echo ${id}`) });
      await manager.start(id).catch(() => {});
      await until(id, 'stopped');
    }
    const [first, second, third] = times as [string, string, string];
    await nextMillisecond();
    expect((await ctl('--since', second)).stdout).toBe('p2 | p2\np3 | p3\n');
    expect((await ctl('--until', second)).stdout).toBe('p1 | p1\n');
    expect((await ctl('--since', second, '--until', third)).stdout).toBe('p2 | p2\n');
    expect((await ctl('--since', '1h', '--until', first)).stdout).toBe('');
    expect((await ctl('--until', '1h', 'p1')).stdout).toBe('');
    expect((await ctl('--since', second, 'p1')).stdout).toBe('');
    expect((await ctl('--since', '-1h')).stdout.match(/\n/g)).toHaveLength(3);
    expect((await ctl('--until', 'soon')).code).toBe(2);
  });

  it('prints the time of each line with --timestamps, and JSON with --json', async () => {
    const { ctl } = await twoProcesses();
    expect((await ctl('-t', '--grep', 'three')).stdout).toMatch(
      /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} worker \| three\n$/,
    );
    expect((await ctl('-t', 'worker', '-n', '1')).stdout).toMatch(/^\d{4}-.*\.\d{3} no end\n$/);
    const line = JSON.parse((await ctl('--json', '--grep', 'oops')).stdout);
    expect(line).toEqual({
      id: 'a',
      stream: 'stderr',
      time: expect.stringMatching(/^\d{19}$/),
      date: expect.stringMatching(/^\d{4}-.*Z$/),
      line: 'oops',
    });
    expect(BigInt(line.time) / 1_000_000n).toBe(BigInt(Date.parse(line.date)));
  });

  it('follows all processes, those that start later included, until the manager ends', async () => {
    const { manager } = await supervise();
    const go = path.join(temporaryFolder(), 'go');
    await manager.register({
      id: 'a',
      ...shell(`echo one; echo two; until test -e ${go}; do sleep 0.02; done; echo three`),
    });
    await manager.start('a');
    const runtimeDir = path.dirname(manager.socketPath);
    const args = ['ctl', 'logs', '--runtime-dir', runtimeDir, '-f', '-n', '1', '--grep', '[wrt]'];
    const follow = start(args);
    const seen = printed(follow.stdout, 'late | new\n');
    await printed(follow.stdout, 'a | two\n');
    await manager.register({ id: 'late', ...shell('echo quiet; echo new; printf "the rest"') });
    await manager.start('late').catch(() => {});
    await seen;
    const rest = finished(follow);
    await ringwire(['ctl', 'stop', '--runtime-dir', runtimeDir, 'a']);
    await manager.shutdown();
    expect(await rest).toMatchObject({ code: 0, stdout: expect.stringContaining('late | the rest\n') });
  });

  it('ends a follow at the time of --until', async () => {
    const { ctl } = await twoProcesses();
    expect(await ctl('-f', '--until', '0', '-n', '1')).toMatchObject({
      code: 0,
      stdout: 'worker | three\nworker | no end\n',
    });
  });

  it('merges nothing of a manager that records no times', async () => {
    const folder = temporaryFolder();
    const server = new ControlServer(new ScriptedService());
    await server.listen(path.join(folder, 'manager.sock'));
    const ended = await ringwire(['ctl', 'logs', '--runtime-dir', folder]);
    await server.close();
    expect(ended).toEqual({
      code: 1,
      stdout: '',
      stderr:
        'ringwire ctl: this manager records no times: name one process, without --until, --grep and --timestamps\n',
    });
  });
});
