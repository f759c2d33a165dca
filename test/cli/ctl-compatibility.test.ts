/** Options of `ringwire ctl` as the original command takes them. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { withDoubleDashes } from '../../src/cli/commands/ctl/go-flags.js';
import { killIfThere } from '../child.js';
import { processesOf, shell, supervise } from '../supervisor/supervised.js';
import { temporaryFolder } from '../temporary.js';
import { finished, printed, ringwire, ringwireProcess, start } from './ringwire-command.js';

describe('ringwire ctl logs', { timeout: 120_000 }, () => {
  it.each([
    [['--lines', '0'], 'one\ntwo\n', 'err\n'],
    [['--lines', '-3'], 'one\ntwo\n', 'err\n'],
    [['--stream', ''], 'one\ntwo\n', 'err\n'],
    [['-stream', 'stdout'], 'one\ntwo\n', ''],
    [['-stream=stdout', '-lines=1'], 'two\n', ''],
    [['--since', '-5m'], 'one\ntwo\n', 'err\n'],
    [['--since', '0'], 'one\ntwo\n', 'err\n'],
    [['-since', '1h30m', '-stream', 'stderr'], '', 'err\n'],
  ])('takes %j', async (args, stdout, stderr) => {
    const { manager, until } = await supervise();
    await manager.register({ id: 'p', ...shell('echo one; echo two; echo err >&2') });
    await manager.start('p');
    await until('p', 'stopped');
    const runtimeDir = path.dirname(manager.socketPath);
    expect(await ringwire(['ctl', 'logs', '-runtime-dir', runtimeDir, ...args, 'p'])).toEqual({
      code: 0,
      stdout,
      stderr,
    });
  });

  it.each([
    ['--stream', 'both'],
    ['--lines', 'many'],
    ['--since', 'yesterday'],
  ])('refuses %s %s as wrong usage', async (...args) => {
    expect(await ringwire(['ctl', 'logs', ...args, 'p'])).toMatchObject({ code: 2, stdout: '' });
  });
});

describe('ringwire ctl events', { timeout: 120_000 }, () => {
  it('accepts blanks in its lists', async () => {
    const { manager } = await supervise();
    for (const id of ['a', 'b', 'c']) await manager.register({ id, ...shell('true') });
    const args = ['--process', 'a, b', '-type', ' process.starting ,process.none'];
    const runtimeDir = path.dirname(manager.socketPath);
    const events = start(['ctl', 'events', '--runtime-dir', runtimeDir, ...args]);
    const seen = finished(events);
    while (manager.load.streams === 0) await new Promise(setImmediate);
    await Promise.all(['c', 'b', 'a'].map((id) => manager.start(id).catch(() => {})));
    await manager.shutdown();
    const { code, stdout } = await seen;
    expect(code).toBe(0);
    expect(stdout.match(/process.starting \w+$/gm)?.sort()).toEqual([
      'process.starting a',
      'process.starting b',
    ]);
    expect(stdout.trim().split('\n')).toHaveLength(2);
  });
});

describe('ringwire ctl validate', { timeout: 120_000 }, () => {
  it('reads cliwrap.yaml of the current folder, and notes keys without effect', async () => {
    const folder = temporaryFolder();
    const file = path.join(folder, 'cliwrap.yaml');
    fs.writeFileSync(file, 'groups:\n  - processes:\n      - { id: a, command: x, priority: 5 }\n');
    const before = process.cwd();
    process.chdir(folder);
    try {
      // In a process of its own, because the shared one has another folder.
      expect(await ringwireProcess(['ctl', 'validate'])).toEqual({
        code: 0,
        stdout: 'OK: 1 groups, 1 processes\n',
        stderr: 'ringwire: cliwrap.yaml: groups[0].processes[0].priority (line 3) has no effect here\n',
      });
    } finally {
      process.chdir(before);
    }
  });
});

/** A file with everything that the original accepts, and with keys that neither knows. */
const ORIGINAL = `version: "1"
x-common: &common
  restart: on_failure
  max_restarts: 3
  env: &env { NODE_ENV: production }
runtime:
  dir: RUN
  debug: info
  agent_path: /usr/bin/cliwrap-agent
  x-note: mine
system_budget: { max_memory_percent: 80, min_free_memory: 512MiB, max_load_avg: 4 }
sandbox_providers: [{ name: noop }]
groups:
  - name: web
    x-owner: team
    processes:
      - <<: *common
        id: app
        command: sleep
        args: &args ["1000"]
        work_dir: /srv
        resources: { max_rss: 512MiB, on_exceed: throttle }
      - <<: [*common]
        id: two
        env: { <<: *env, A: b }
        command: sleep
        args: *args
        unknown: { a: 1 }
`;

describe('a configuration file of the original', { timeout: 120_000 }, () => {
  it('is valid, with a note for each key that has no effect, but for those that begin with x-', async () => {
    const file = path.join(temporaryFolder(), 'c.yaml');
    fs.writeFileSync(file, ORIGINAL);
    const { code, stdout, stderr } = await ringwire(['ctl', 'validate', '-f', file]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'OK: 1 groups, 2 processes\n' });
    const notes = stderr.trimEnd().split('\n');
    expect(notes.map((note) => note.replace(`ringwire: ${file}: `, '')).sort()).toEqual([
      'groups[0].processes[0].resources.on_exceed: throttle (it reports an event, like warn) has no effect here',
      'groups[0].processes[0].work_dir (line 21) has no effect here',
      'groups[0].processes[1].unknown (line 28) has no effect here',
      'runtime.agent_path has no effect here',
      'runtime.debug has no effect here',
      'sandbox_providers has no effect here',
      'system_budget has no effect here',
    ]);
  });

  it('is run when it is the cliwrap.yaml of the current folder', async () => {
    const folder = temporaryFolder();
    const runtimeDir = path.join(folder, 'run');
    fs.mkdirSync(runtimeDir, { mode: 0o700 });
    fs.writeFileSync(path.join(folder, 'cliwrap.yaml'), ORIGINAL.replace('RUN', runtimeDir));
    onTestFinished(() => processesOf(runtimeDir).forEach(killIfThere));
    const before = process.cwd();
    process.chdir(folder);
    let manager: ReturnType<typeof start>;
    try {
      manager = start(['ctl', 'run'], { env: { XDG_CACHE_HOME: path.join(folder, 'cache') } });
    } finally {
      process.chdir(before);
    }
    const stdout = await printed(manager.stdout, '2 of 2 processes are up\n');
    expect(stdout).toMatch(/^ringwire: running 2 processes; Ctrl-C to exit\n/);
    const ended = finished(manager);
    manager.kill('SIGTERM');
    expect((await ended).code).toBe(0);
  });
});

describe('options with one dash', () => {
  it('become options with two dashes, and other words stay unchanged', () => {
    expect(
      withDoubleDashes(['ctl', 'logs', '-stream', 'x', '-lines=3', '-f', '-n', '1', '-x', '-process']),
    ).toEqual([...['ctl', 'logs', '--stream', 'x', '--lines=3', '-f', '-n', '1', '-x', '--process']]);
  });
});
