/** Every command of the command line in a process of its own: what it prints, and how it ends. */
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../temporary.js';
import { ringwireProcess } from './ringwire-command.js';
import { temporaryRoot } from './temporary-root.js';

test('the commands of channels work in processes of their own, one after the other', async () => {
  const root = temporaryRoot();
  const recording = path.join(temporaryFolder(), 'seven.rec');
  const inRoot = ['--root', root];
  const input = 'one\ntwo\n';
  const steps: [args: string[], stdout: string | RegExp, code?: number][] = [
    [['write', '7', ...inRoot, '--json'], /"records": 2,/],
    [['tail', '7', ...inRoot], input],
    [['cat', '7', ...inRoot], input],
    [['stat', '7', ...inRoot, '--json'], /"state": "closed"/],
    [['ls', ...inRoot, '--json'], /"state": "closed"/],
    [['top', root, '--json', '--interval', '50ms'], /"7"/],
    [['metrics', ...inRoot, '--once'], /^ringwire_channel_records_total\{.*channel="7".*\} 2$/m],
    [['verify', '7', ...inRoot], /sound/],
    [['recover', '7', ...inRoot, '--json'], /"actions": \[\]/],
    [['unlock', '7', ...inRoot], /lock/],
    [['hz', '7', ...inRoot, '--json'], /"channel": "7"/],
    [['record', '7', recording, ...inRoot, '--json'], /"records": 2/],
    [['replay', recording, '8', ...inRoot, '--json'], /"records": 2/],
    [['cat', '8', ...inRoot], input],
    [['rename', '8', 'eight', ...inRoot], '8 is now eight (8)\n'],
    [['prune', '--closed', '--dry-run', ...inRoot], /would remove 2 channels/],
    [['rm', 'eight', ...inRoot], /^removed eight \(8\), /],
    [['completion', 'bash'], /complete .*-F _ringwire ringwire/],
    [['exit-codes'], /^0 +\w/m],
    [['--version'], /^\d+\.\d+\.\d+\n$/],
    [['help'], /^Usage: ringwire /],
    [['no-such-command'], '', 2],
  ];
  for (const [args, stdout, code = 0] of steps) {
    const ended = await ringwireProcess(args, args[0] === 'write' ? { input } : {});
    expect(ended, args.join(' ')).toMatchObject({
      code,
      stdout: typeof stdout === 'string' ? stdout : expect.stringMatching(stdout),
    });
  }
});

const NO_DRIVER = path.join('/nonexistent', 'aeron');

test.each([
  [['aeron', 'stat', '-d', NO_DRIVER]],
  [['aeron', 'errors', '-d', NO_DRIVER]],
  [['aeron', 'loss', '-d', NO_DRIVER]],
  [['aeron', 'streams', '-d', NO_DRIVER]],
  [['aeron', 'backlog', '-d', NO_DRIVER]],
  [['vlp', 'beat', '/nonexistent/socket']],
  [['ctl', 'list', '--runtime-dir', '/nonexistent']],
  [['ctl', 'status', 'a', '--runtime-dir', '/nonexistent']],
  [['ctl', 'start', 'a', '--runtime-dir', '/nonexistent']],
  [['ctl', 'stop', 'a', '--runtime-dir', '/nonexistent']],
  [['ctl', 'restart', 'a', '--runtime-dir', '/nonexistent']],
  [['ctl', 'top', '--runtime-dir', '/nonexistent']],
  [['ctl', 'events', '--runtime-dir', '/nonexistent']],
])('%j fails in a process of its own when there is no peer', async (args) => {
  const { code, stdout, stderr } = await ringwireProcess(args);
  expect(code).toBeGreaterThan(0);
  expect(stdout).toBe('');
  expect(stderr).toMatch(/^ringwire/);
});

test('ctl validate reads a configuration in a process of its own', async () => {
  const file = path.join(temporaryFolder(), 'c.yaml');
  fs.writeFileSync(file, 'version: 1\ngroups:\n  - name: all\n    processes: [{ id: a, command: sh }]\n');
  const ended = await ringwireProcess(['ctl', 'validate', '-f', file]);
  expect(ended).toMatchObject({ code: 0, stdout: 'OK: 1 groups, 1 processes\n', stderr: '' });
});
