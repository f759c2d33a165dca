/** `ringwire ctl` as a user runs it: a manager in the foreground, and the commands against it. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../temporary.js';
import { finished, printed, ringwire, start } from './ringwire-command.js';

const YAML = `
version: 1
groups:
  - name: all
    processes:
      - id: ticker
        name: Ticker
        command: sh
        args: [-c, "echo tick 1; echo err 1 >&2; echo tick 2; exec sleep 60"]
      - id: crasher
        command: sh
        args: [-c, "exit 3"]
      - id: noexec
        command: /not/there
`;

async function managed() {
  const folder = temporaryFolder();
  const file = path.join(folder, 'cliwrap.yaml');
  fs.writeFileSync(file, YAML);
  const env = { XDG_CACHE_HOME: path.join(folder, 'cache'), CLIWRAP_RUNTIME_DIR: undefined };
  const manager = start(['ctl', 'run', '-f', file, '--runtime-dir', path.join(folder, 'run')], { env });
  const complaint = printed(manager.stderr, 'noexec:');
  await printed(manager.stdout, 'running 3 processes; Ctrl-C to exit');
  await complaint;
  // Without --runtime-dir: it is the only manager that runs.
  const ctl = (...args: string[]) => ringwire(['ctl', ...args], { env });
  return { manager, ctl, env, folder };
}

/** A machine with other things to do starts a command in seconds, and some tests start a dozen one after the other. */
const PATIENCE = 240_000;

describe('ringwire ctl', { timeout: PATIENCE }, () => {
  it('lists, shows, starts, stops and restarts, with the output and exit codes of the original', async () => {
    const { ctl, manager } = await managed();
    // The crasher may still be about to.
    await expect
      .poll(async () => (await ctl('list', '--original')).stdout)
      .toMatch(
        /^ID {7}NAME {4}STATE {4}PID\nticker {3}Ticker {2}running {2}\d+\ncrasher {10}crashed {2}\d+\nnoexec {11}crashed {2}0\n$/,
      );
    const status = await ctl('status', 'ticker');
    expect(status.stdout).toMatch(/^ID: {6}ticker\nName: {4}Ticker\nState: {3}running\nChildPID:\d+\nRSS: /);
    expect(await ctl('status', 'nobody')).toMatchObject({
      code: 1,
      stderr: 'ringwire ctl: cliwrap: process not found\n',
    });
    expect(await ctl('start', 'ticker')).toMatchObject({
      code: 1,
      stderr: 'ringwire ctl start ticker: cliwrap: process already running\n',
    });
    expect(await ctl('restart', 'ticker')).toMatchObject({ code: 0, stdout: 'restarted ticker\n' });
    expect(await ctl('stop', 'ticker', 'nobody')).toMatchObject({
      code: 1,
      stdout: 'stopped ticker\n',
      stderr: 'ringwire ctl stop nobody: cliwrap: process not found\n',
    });
    const json = JSON.parse((await ctl('status', 'crasher', '--json')).stdout);
    expect(json).toMatchObject({ id: 'crasher', state: 'crashed', exit: 3 });
    expect((await ctl('top')).stdout).toMatch(/^ID +STATE +PID +CPU% +RSS +RESTARTS +UPTIME\n/);
    const over = once(manager, 'exit');
    manager.kill('SIGTERM');
    expect((await over)[0]).toBe(0);
    const gone = await ctl('list');
    expect(gone.code).toBe(1);
    expect(gone.stderr).toMatch(/no manager is running at .*manager.sock/);
  });

  it('shows logs, follows them, and shows events until the manager ends', async () => {
    const { ctl, env, manager } = await managed();
    await expect
      .poll(() => ctl('logs', 'ticker'))
      .toMatchObject({ code: 0, stdout: 'tick 1\ntick 2\n', stderr: 'err 1\n' });
    expect((await ctl('logs', '-n', '1', '--stream', 'stdout', 'ticker')).stdout).toBe('tick 2\n');
    expect((await ctl('logs', '--since', '1h', '--stream', 'stdout', 'ticker')).stdout).toBe(
      'tick 1\ntick 2\n',
    );
    expect(await ctl('logs', 'nobody')).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect((await ctl('logs', '--since', 'yesterday', 'ticker')).code).toBe(2);
    const follow = start(['ctl', 'logs', '-f', 'ticker'], { env });
    await Promise.all([printed(follow.stdout, 'tick 2\n'), printed(follow.stderr, 'err 1\n')]);
    const events = start(['ctl', 'events', '--process', 'ticker'], { env });
    const seen = finished(events);
    let text = '';
    events.stdout.on('data', (chunk) => (text += chunk));
    while (!text.includes('process.started')) await ctl('restart', 'ticker');
    manager.kill('SIGINT');
    const { code, stdout } = await seen;
    expect(code).toBe(0);
    // The subscription may have begun in the middle of a restart: which event comes first is open.
    expect(stdout).toMatch(
      /^\d\d:\d\d:\d\d\.\d{3} {2}process\.stopping {18}ticker {16}process\.stopping ticker$/m,
    );
    expect((await finished(follow)).code).toBe(0);
  });

  it('validates a configuration', async () => {
    const folder = temporaryFolder();
    const file = path.join(folder, 'c.yaml');
    fs.writeFileSync(file, YAML);
    expect(await ringwire(['ctl', 'validate', '-f', file])).toMatchObject({
      code: 0,
      stdout: 'OK: 1 groups, 3 processes\n',
    });
    fs.writeFileSync(file, 'groups: 5');
    expect(await ringwire(['ctl', 'validate', '-f', file])).toMatchObject({
      code: 1,
      stderr: `ringwire ctl: ${file}:1: groups: must be a list\n`,
    });
  });
});

describe('ringwire completion', { timeout: PATIENCE }, () => {
  it('completes commands and options of every group in bash', async () => {
    const { stdout } = await ringwire(['completion', 'bash']);
    const complete = (line: string) => {
      const words = line.split(' ');
      const script = `${stdout}\nCOMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _ringwire; echo "\${COMPREPLY[*]}"`;
      return execFileSync('bash', ['-c', script]).toString().trim();
    };
    expect(complete('ringwire ct')).toBe('ctl');
    expect(complete('ringwire ctl lo')).toBe('logs');
    expect(complete('ringwire ctl logs --fo')).toBe('--follow');
  });

  it.each(['zsh', 'fish'])('has a script for %s', async (shell) => {
    const { code, stdout } = await ringwire(['completion', shell]);
    expect(code).toBe(0);
    expect(stdout).toContain('ctl');
  });
});
