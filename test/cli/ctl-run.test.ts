/** What `ringwire ctl run` prints, and when it ends. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { ControlClient } from '../../src/control/index.js';
import { processesOf } from '../supervisor/supervised.js';
import { printed, ringwire } from './ringwire-command.js';
import { configurationOf, superviseByCommand } from './supervised-run.js';

const ESCAPE = '\u001b';
const WEB = '{ id: web, command: sh, args: [-c, "echo one; echo two >&2; printf part; exec sleep 1000"] }';
const NOT_THERE = '{ id: absent, command: /not/there }';
const DATE = '\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d\\.\\d{3}';

describe('ringwire ctl run', { timeout: 120_000 }, () => {
  it('prints dated events, the output after the name of its process, and what is up after the start', async () => {
    const run = superviseByCommand(configurationOf(WEB, NOT_THERE));
    await run.until(/1 of 2 processes are up[\s\S]*absent .*\n/);
    await run.until(/^web {4}\| one\n[\s\S]*^web {4}! two\n|^web {4}! two\n[\s\S]*^web {4}\| one\n/m);
    await loggedPart(run.runtimeDir);
    expect(await run.end()).toBe(0);
    const { stdout, stderr } = run.printed;
    expect(stdout).toMatch(/^ringwire: running 2 processes; Ctrl-C to exit\n/);
    expect(stdout).toMatch(new RegExp(`^${DATE}  web     started \\(pid \\d+\\)$`, 'm'));
    expect(stdout).toMatch(new RegExp(`^${DATE}  absent  crashed \\(spawn /not/there ENOENT\\)$`, 'm'));
    expect(stdout).toMatch(
      /^1 of 2 processes are up\nID +STATE +PID +LAST EXIT\nweb +running +\d+ +-\nabsent +crashed +- +spawn \/not\/there ENOENT$/m,
    );
    // A line without an end is printed when its process ends.
    expect(stdout).toMatch(new RegExp(`^web {4}\\| part\n${DATE}  web     stopped \\(SIGTERM\\)$`, 'm'));
    expect(stdout).not.toContain(ESCAPE);
    expect(stderr).toBe('ringwire: absent: cliwrap: cannot start absent: spawn /not/there ENOENT\n');
  });

  it('colors events and prefixes when colors are wanted, and nothing else', async () => {
    const run = superviseByCommand(configurationOf(WEB), { env: { FORCE_COLOR: '1' } });
    await run.until(/one\n/);
    await run.end();
    expect(run.printed.stdout).toContain(`${ESCAPE}[36mweb`);
    expect(run.printed.stdout).toContain(`${ESCAPE}[32mstarted${ESCAPE}[39m`);
  });

  it('prints no output of processes with --quiet', async () => {
    const run = superviseByCommand(configurationOf(WEB), { args: ['--quiet'] });
    await run.until(/1 of 1 processes are up/);
    await loggedPart(run.runtimeDir);
    await run.end();
    expect(run.printed.stdout).toContain('web  started');
    expect(run.printed.stdout).not.toContain('one');
  });

  it.each([
    ['cannot be started', NOT_THERE, 'absent'],
    ['crashes without a restart', '{ id: crasher, command: sh, args: [-c, exit 3] }', 'crasher'],
    [
      'crashes once more than it may be restarted',
      '{ id: loser, command: sh, args: [-c, exit 3], restart: always, max_restarts: 1, restart_backoff: 10ms }',
      'loser',
    ],
  ])(
    'ends everything with exit code 1 when a process %s, with --abort-on-failure',
    async (_, failing, id) => {
      const run = superviseByCommand(configurationOf(WEB, failing), { args: ['--abort-on-failure'] });
      expect(await run.ended).toBe(1);
      expect(run.printed.stderr).toContain(
        `ringwire ctl: ${id} failed: stopping all processes (--abort-on-failure)\n`,
      );
      expect(processesOf(run.runtimeDir)).toEqual([]);
    },
  );

  it('continues while a restart follows, and when a process ends well or is stopped, with --abort-on-failure', async () => {
    const once =
      '{ id: once, command: sh, args: [-c, "test -e there || { touch there; exit 3; }; exec sleep 1000"], restart: on_failure, restart_backoff: 10ms, workdir: . }';
    const job = '{ id: job, command: "true" }';
    const run = superviseByCommand(configurationOf(WEB, once, job), { args: ['--abort-on-failure'] });
    await run.until(/once +restarting[\s\S]*once +started/);
    await run.until(/job +stopped/);
    using client = await ControlClient.dial(path.join(run.runtimeDir, 'manager.sock'));
    await client.stop('web');
    expect((await client.list()).map(({ id, state }) => `${id} ${state}`)).toEqual([
      ...['web stopped', 'once running', 'job stopped'],
    ]);
    expect(await run.end()).toBe(0);
  });

  it('reloads its file at SIGHUP with --reload-on-hup, and keeps everything when the file is wrong', async () => {
    const run = superviseByCommand(configurationOf(WEB), { args: ['--reload-on-hup'] });
    await run.until(/1 of 1 processes are up/);
    const file = path.join(run.folder, 'cliwrap.yaml');
    fs.writeFileSync(file, configurationOf(WEB, '{ id: more, command: echo, args: [hello] }'));
    run.manager.kill('SIGHUP');
    await run.until(/more \| hello\n/);
    await run.until(/more +stopped/);
    await run.until(/^\+ +more +start\n[\s\S]*ringwire: reloaded\n/m);
    run.manager.kill('SIGHUP');
    await run.until(/ringwire: nothing to reload\n/);
    fs.writeFileSync(file, 'groups: 5');
    const complaint = printed(run.manager.stderr, 'not reloaded: ');
    run.manager.kill('SIGHUP');
    expect(await complaint).toContain(`ringwire: not reloaded: ${file}:1: groups: must be a list`);
    using client = await ControlClient.dial(path.join(run.runtimeDir, 'manager.sock'));
    expect((await client.list()).map(({ id, state }) => `${id} ${state}`)).toEqual([
      'web running',
      'more stopped',
    ]);
    expect(await run.end()).toBe(0);
  });

  it('ends with exit code 0 when a client shuts the manager down', async () => {
    const run = superviseByCommand(configurationOf(WEB));
    await run.until(/1 of 1 processes are up/);
    expect(await ringwire(['ctl', 'shutdown', '--runtime-dir', run.runtimeDir])).toMatchObject({ code: 0 });
    expect(await run.ended).toBe(0);
    expect(processesOf(run.runtimeDir)).toEqual([]);
  });

  it('counts only the processes that are to be started', async () => {
    const run = superviseByCommand(configurationOf(WEB, '{ id: later, command: sleep, autostart: false }'));
    await run.until(/^1 of 1 processes are up\nID .*\nweb +running .*\nlater +pending +- +-$/m);
    await run.end();
  });

  it('does not wait for a reader of its output, and reports the lines that it skipped', async () => {
    const flood =
      '{ id: flood, command: sh, args: [-c, "yes 0123456789012345678901234567890123456789 | head -n 100000"] }';
    const run = superviseByCommand(configurationOf(flood));
    run.manager.stdout.pause();
    using client = await dialWhenThere(run.runtimeDir);
    // The whole output has passed, although nothing of it was read.
    while ((await client.list())[0]?.state !== 'stopped') await new Promise(setImmediate);
    run.manager.stdout.resume();
    expect(await run.end()).toBe(0);
    const printed = run.printed.stdout.match(/^flood +\| /gm)?.length ?? 0;
    expect(printed).toBeLessThan(100_000);
    expect(run.printed.stderr).toMatch(
      /^ringwire: \d+ lines of output skipped: the reader of the output is too slow$/m,
    );
  });
});

/** Resolves when the last piece of output of `web` has arrived at the manager. */
async function loggedPart(runtimeDir: string): Promise<void> {
  using client = await ControlClient.dial(path.join(runtimeDir, 'manager.sock'));
  for await (const chunk of client.logs('web', { follow: true })) if (String(chunk).includes('part')) break;
}

async function dialWhenThere(runtimeDir: string): Promise<ControlClient> {
  for (;;) {
    try {
      return await ControlClient.dial(path.join(runtimeDir, 'manager.sock'));
    } catch {
      await new Promise(setImmediate);
    }
  }
}
