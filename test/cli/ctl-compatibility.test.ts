/** Options of `ringwire ctl` as the original command takes them. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { withDoubleDashes } from '../../src/cli/commands/ctl/go-flags.js';
import { shell, supervise } from '../supervisor/supervised.js';
import { temporaryFolder } from '../temporary.js';
import { finished, ringwire, ringwireProcess, start } from './ringwire-command.js';

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

describe('options with one dash', () => {
  it('become options with two dashes, and other words stay unchanged', () => {
    expect(
      withDoubleDashes(['ctl', 'logs', '-stream', 'x', '-lines=3', '-f', '-n', '1', '-x', '-process']),
    ).toEqual([...['ctl', 'logs', '--stream', 'x', '--lines=3', '-f', '-n', '1', '-x', '--process']]);
  });
});
