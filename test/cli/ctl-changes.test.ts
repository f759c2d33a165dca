/** `ringwire ctl reload`, `scale`, `signal`, `restart` of instances and `shutdown`, against a manager in the foreground. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { temporaryFolder } from '../temporary.js';
import { finished, printed, ringwire, ringwireProcess, start } from './ringwire-command.js';
import { hasTmux, TmuxTerminal } from './tmux.js';

const PATIENCE = 240_000;
const READY = 'ready: { log: up }';
const yaml = (...processes: string[]) =>
  `groups:\n  - processes:\n${processes.map((one) => `      - { ${one} }\n`).join('')}`;
const sleeper = (id: string, more = '') =>
  `id: ${id}, command: sh, args: [-c, "echo up; exec sleep 600"], ${READY}${more}`;

const BEFORE = yaml(sleeper('same'), sleeper('web', ', instances: 2'), sleeper('gone'));
const AFTER = yaml(
  sleeper('same'),
  sleeper('web', ', instances: 3'),
  sleeper('new'),
  sleeper('worker', ', env: { A: 1 }'),
);

async function managed(text = BEFORE) {
  const folder = temporaryFolder();
  const write = (name: string, content: string) => {
    const file = path.join(folder, name);
    fs.writeFileSync(file, content);
    return file;
  };
  const runtime = path.join(folder, 'run');
  const manager = start(['ctl', 'run', '-f', write('before.yaml', text), '--runtime-dir', runtime], {
    env: { XDG_CACHE_HOME: path.join(folder, 'cache') },
  });
  await printed(manager.stdout, 'Ctrl-C to exit');
  const ctl = (...args: string[]) => ringwire(['ctl', ...args, '--runtime-dir', runtime]);
  const pids = async () => {
    const entries = JSON.parse((await ctl('list', '--json')).stdout) as {
      id: string;
      pid: number;
      state: string;
    }[];
    return Object.fromEntries(entries.map(({ id, pid }) => [id, pid]));
  };
  return { manager, ctl, pids, write, runtime };
}

/** Resolves when all processes of the manager run. */
async function allRun(ctl: (...args: string[]) => Promise<{ stdout: string }>): Promise<void> {
  for (;;) {
    const entries = JSON.parse((await ctl('list', '--json')).stdout) as { state: string }[];
    if (entries.every(({ state }) => state === 'running')) return;
  }
}

describe('ringwire ctl reload', { timeout: PATIENCE }, () => {
  it('prints the difference, applies it with --yes, and leaves the rest alone', async () => {
    const { ctl, pids, write } = await managed();
    await allRun(ctl);
    const before = await pids();
    const file = write('after.yaml', AFTER);
    const difference = [
      '   same    unchanged',
      '~  web     scale: instances',
      '+  new     start',
      '+  worker  start',
      '-  gone    stop',
      '',
    ].join('\n');
    expect(await ctl('reload', '-f', file, '--dry-run')).toEqual({
      code: 0,
      stdout: `${difference}2 to start, 1 to stop, 1 to scale\n`,
      stderr: '',
    });
    expect(await pids()).toEqual(before);
    expect(await ctl('reload', '-f', file, '--yes')).toEqual({
      code: 0,
      stdout: `${difference}reloaded\n`,
      stderr: '',
    });
    const after = await pids();
    expect(Object.keys(after)).toEqual(['same', 'web-0', 'web-1', 'web-2', 'new', 'worker']);
    for (const id of ['same', 'web-0', 'web-1']) expect(after[id]).toBe(before[id]);
    expect((await ctl('reload', '-f', file, '--yes')).stdout).toMatch(/unchanged\nnothing to change\n$/);
    const report = JSON.parse((await ctl('reload', '-f', file, '--dry-run', '--json')).stdout);
    expect(report).toMatchObject({
      applied: false,
      failures: [],
      changes: [{ id: 'same', action: 'unchanged' }, {}, {}, {}],
    });
  });

  it('without a terminal and without --yes changes nothing and exits with 2', async () => {
    const { ctl, pids, write } = await managed();
    await allRun(ctl);
    const before = await pids();
    const ended = await ctl('reload', '-f', write('after.yaml', AFTER));
    expect(ended).toMatchObject({ code: 2, stdout: '' });
    expect(ended.stderr).toContain('add --yes to apply the changes, or --dry-run to see them');
    expect(await pids()).toEqual(before);
  });

  it('names a process whose change fails, applies the rest, and exits with 1', async () => {
    const { ctl, pids, write } = await managed(yaml(sleeper('a'), sleeper('b')));
    await allRun(ctl);
    const before = await pids();
    const file = write('after.yaml', yaml('id: a, command: /not/there', sleeper('b', ', env: { A: 2 }')));
    const ended = await ctl('reload', '-f', file, '--yes');
    expect(ended).toMatchObject({
      code: 1,
      stdout: '~  a  restart: command, args, ready\n~  b  restart: env\n',
    });
    expect(ended.stderr).toMatch(/^ringwire ctl reload a: cliwrap: cannot start a: .*ENOENT\n$/);
    const after = await pids();
    expect(after['b']).not.toBe(before['b']);
    const json = await ctl('reload', '-f', write('wrong.yaml', 'groups: 1'), '--yes');
    expect(json).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('wrong.yaml:1: groups: must be a list'),
    });
  });

  it('asks on a terminal: y applies, anything else does not', async ({ skip }) => {
    if (!hasTmux) return skip('tmux is not installed');
    const { ctl, pids, write, runtime } = await managed();
    await allRun(ctl);
    const before = await pids();
    const command = `ringwire ctl reload -f ${write('after.yaml', AFTER)} --runtime-dir ${runtime}; echo "code $?"`;
    const terminal = await TmuxTerminal.open(80, 24);
    await terminal.type(command);
    await terminal.until(/2 to start, 1 to stop, 1 to scale: apply\? \[y\/N\]/);
    await terminal.type('n');
    await terminal.until(/^code 0$/m);
    expect(await pids()).toEqual(before);
    await terminal.clear();
    await terminal.type(command);
    await terminal.until(/apply\? \[y\/N\]/);
    await terminal.type('y');
    await terminal.until(/^reloaded\ncode 0$/m);
    expect(Object.keys(await pids())).toEqual(['same', 'web-0', 'web-1', 'web-2', 'new', 'worker']);
  });
});

describe('ringwire ctl scale, signal, restart and shutdown', { timeout: PATIENCE }, () => {
  it('change instances, deliver signals and restart one instance after the other', async () => {
    const flag = path.join(temporaryFolder(), 'flag');
    onTestFinished(() => fs.rmSync(flag, { force: true }));
    const script = `if [ -e ${flag} ]; then exit 3; fi; trap 'echo got it' USR1; echo up; while :; do sleep 0.05; done`;
    const { ctl, pids } = await managed(
      yaml(`id: web, command: sh, args: [-c, "${script}"], instances: 2, ${READY}`),
    );
    await allRun(ctl);
    expect(await ctl('scale', 'web', '3')).toEqual({ code: 0, stdout: 'scaled web to 3\n', stderr: '' });
    expect(JSON.parse((await ctl('scale', 'web', '2', '--json')).stdout)).toEqual({
      ok: true,
      id: 'web',
      instances: 2,
    });
    expect(await ctl('scale', 'web', '0')).toMatchObject({ code: 2 });
    expect(await ctl('scale', 'web-0', '2')).toMatchObject({
      code: 1,
      stderr: 'ringwire ctl: cliwrap: process not found\n',
    });
    expect(await ctl('signal', 'web-1', 'usr1')).toEqual({
      code: 0,
      stdout: 'sent usr1 to web-1\n',
      stderr: '',
    });
    for (let text = ''; !text.includes('got it'); )
      text = (await ctl('logs', 'web-1', '--stream', 'stdout')).stdout;
    expect((await ctl('logs', 'web-0', '--stream', 'stdout')).stdout).not.toContain('got it');
    expect(await ctl('signal', 'web', 'nonsense')).toMatchObject({ code: 1 });
    const before = await pids();
    expect(await ctl('restart', 'web')).toMatchObject({ code: 0, stdout: 'restarted web\n' });
    const after = await pids();
    expect(after['web-0']).not.toBe(before['web-0']);
    expect(after['web-1']).not.toBe(before['web-1']);
    fs.writeFileSync(flag, '');
    const failed = await ctl('restart', 'web');
    expect(failed).toMatchObject({ code: 1, stdout: '' });
    expect(failed.stderr).toMatch(/^ringwire ctl restart web: cliwrap: web-0: .*; not restarted: web-1\n$/);
    expect((await pids())['web-1']).toBe(after['web-1']);
  });

  it('end the manager, which exits with 0', async () => {
    const { ctl, manager } = await managed();
    const ended = finished(manager);
    expect(await ctl('shutdown')).toMatchObject({
      code: 0,
      stdout: 'the manager has stopped all processes\n',
    });
    expect((await ended).code).toBe(0);
    expect((await ctl('list')).stderr).toContain('no manager is running');
  });

  it.each([['reload', '--yes'], ['scale', 'web', '2'], ['signal', 'web', 'HUP'], ['shutdown']])(
    '%s works in a process of its own, and fails without a manager',
    async (...args) => {
      const file = path.join(temporaryFolder(), 'c.yaml');
      fs.writeFileSync(file, BEFORE);
      const more = args[0] === 'reload' ? ['-f', file] : [];
      const ended = await ringwireProcess(['ctl', ...args, ...more, '--runtime-dir', '/nonexistent']);
      expect(ended).toMatchObject({ code: 1, stdout: '' });
      expect(ended.stderr).toMatch(/^ringwire ctl: no manager is running at /);
    },
  );
});
