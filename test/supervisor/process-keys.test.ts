/** The keys of a process that say how its child runs, and what is in its log files. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it, type TestContext, vi } from 'vitest';
import { parseConfiguration } from '../../src/supervisor/index.js';
import { childUser } from '../../src/supervisor/process/child-user.js';
import { child, kill, messageFrom } from '../child.js';
import { temporaryFolder } from '../temporary.js';
import { managedFolder, shell, supervise } from './supervised.js';

const MANAGER = new URL('./processes/manager.mjs', import.meta.url);
const IS_ROOT = process.geteuid?.() === 0;
const NOBODY = IS_ROOT ? Number(execFileSync('id', ['-u', 'nobody'], { encoding: 'utf8' })) : 0;

function needsRoot({ skip }: Pick<TestContext, 'skip'>): void {
  if (!IS_ROOT) skip('only root may change the user of a child');
}

/** What a process prints before it ends. */
async function output(spec: { readonly [key: string]: unknown }, script: string): Promise<string> {
  const { manager, until } = await supervise();
  await manager.register({ id: 'p', ...shell(script), ...spec });
  await manager.start('p');
  await until('p', 'stopped');
  return manager.logsSnapshot('p', 0)?.toString() ?? '';
}

describe('stopSignal', () => {
  it('asks the process to end, also one that ignores SIGTERM', async () => {
    const { manager, until } = await supervise();
    const script = "trap '' TERM; trap 'echo asked; exit 0' INT; echo up; while :; do sleep 0.05; done";
    await manager.register({
      id: 'p',
      ...shell(script),
      stopSignal: 'SIGINT',
      ready: { log: 'up' },
      stopTimeoutMs: 60_000,
    });
    await manager.start('p');
    await manager.stop('p');
    expect(await until('p', 'stopped')).toMatchObject({ exit: 0 });
    expect(manager.logsSnapshot('p', 0)?.toString()).toBe('up\nasked\n');
  });

  it.each(['NONE', 'SIGNONE', '9', ''])('refuses the name %j', async (name) => {
    const { manager } = await supervise();
    const spec = { id: 'p', ...shell('true'), stopSignal: name as NodeJS.Signals };
    await expect(manager.register(spec)).rejects.toThrow(
      /^process 'p': stopSignal must be the name of a signal/,
    );
  });
});

describe('signal', () => {
  const script = (name: string) =>
    `trap 'echo ${name} got it' HUP; echo ${name} up; while :; do sleep 0.05; done`;

  it('reaches the process alone, or its whole group', async () => {
    const { manager } = await supervise();
    const both = `sh -c "${script('inner')}" & ${script('outer')}`;
    await manager.register({ id: 'p', ...shell(both), ready: { log: 'inner up' } });
    await manager.start('p');
    const lines = () => manager.logsSnapshot('p', 0)?.toString().split('\n') ?? [];
    await vi.waitUntil(() => lines().includes('outer up'), { timeout: 60_000 });
    manager.signal('p', 'SIGHUP');
    await vi.waitUntil(() => lines().includes('outer got it'), { timeout: 60_000 });
    expect(lines()).not.toContain('inner got it');
    manager.signal('p', 'SIGHUP', { group: true });
    await vi.waitUntil(() => lines().includes('inner got it'), { timeout: 60_000 });
  });

  it('of an unknown or stopped process is refused', async () => {
    const { manager } = await supervise();
    await manager.register({ id: 'p', ...shell('exec sleep 60') });
    expect(() => manager.signal('nobody', 'SIGHUP')).toThrow('process not found');
    expect(() => manager.signal('p', 'SIGHUP')).toThrow('process not running');
  });
});

describe('umask', () => {
  it('is that of the child, and not of the manager afterwards', async () => {
    const before = process.umask();
    expect(await output({ umask: 0o027 }, 'umask')).toBe('0027\n');
    expect(process.umask()).toBe(before);
  });
});

describe('user and group', () => {
  it('are those of the child, without the groups of root', async (context) => {
    needsRoot(context);
    expect(await output({ user: 'nobody' }, 'id -u; id -G')).toBe(
      `${NOBODY}\n${execFileSync('id', ['-G', 'nobody'])}`,
    );
    expect(await output({ user: String(NOBODY), group: 'root' }, 'id -u; id -g')).toBe(`${NOBODY}\n0\n`);
    expect(await output({ group: 'nogroup' }, 'id -u; id -gn; id -Gn')).toBe('0\nnogroup\nnogroup\n');
  });

  it('include the supplementary groups of the user', async (context) => {
    needsRoot(context);
    const user = fs
      .readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .map((line) => line.split(':')[0] ?? '')
      .find(
        (name) => name !== '' && execFileSync('id', ['-G', name], { encoding: 'utf8' }).trim().includes(' '),
      );
    if (user === undefined) return context.skip('no user of this machine has supplementary groups');
    const sorted = (text: string) => text.trim().split(' ').map(Number).sort();
    const groups = sorted(await output({ user }, 'id -G'));
    expect(groups).toEqual(sorted(execFileSync('id', ['-G', user], { encoding: 'utf8' })));
  });

  it('are refused at the start where they do not exist', async (context) => {
    needsRoot(context);
    const { manager } = await supervise();
    await manager.register({ id: 'u', ...shell('true'), user: 'vanished-user' });
    await manager.register({ id: 'g', ...shell('true'), group: 'vanished-group' });
    await expect(manager.start('u')).rejects.toThrow("cannot start u: user 'vanished-user' does not exist");
    await expect(manager.start('g')).rejects.toThrow("cannot start g: group 'vanished-group' does not exist");
    expect(manager.list().map(({ state }) => state)).toEqual(['crashed', 'crashed']);
  });

  it('are refused without root', async () => {
    const user = vi.spyOn(process, 'geteuid').mockReturnValue(1000);
    try {
      await expect(childUser({ user: 'nobody', group: undefined })).rejects.toThrow(
        'need a manager that runs as root',
      );
    } finally {
      user.mockRestore();
    }
  });

  it('do not hide a child from the next manager, with or without its record', async (context) => {
    needsRoot(context);
    for (const withRecord of [true, false]) {
      const folder = managedFolder();
      const spec = { id: 'p', ...shell('exec sleep 60'), user: 'nobody' };
      const first = child(MANAGER, folder, JSON.stringify([spec]));
      expect(await messageFrom(first)).toBe('registered');
      expect(await messageFrom(first)).toBe('up');
      await kill(first);
      if (!withRecord) fs.rmSync(path.join(folder, 'processes/p.json'));
      const { manager } = await supervise({ runtimeDir: folder });
      await manager.register(spec);
      expect(manager.statusOf('p').state, `with record: ${withRecord}`).toBe('running');
      await manager.shutdown();
    }
  });
});

describe('autostart: false', () => {
  it('leaves a process alone until it is started, or another one needs it', async () => {
    const { manager } = await supervise();
    const idle = (id: string) => ({ id, ...shell('exec sleep 60'), autostart: false });
    for (const id of ['a', 'b', 'c']) await manager.register(idle(id));
    await manager.register({ id: 'd', ...shell('exec sleep 60'), dependsOn: ['b'] });
    expect(await manager.startAll()).toEqual([]);
    expect(manager.list().map(({ id, state }) => `${id} ${state}`)).toEqual([
      'a pending',
      'b running',
      'c pending',
      'd running',
    ]);
    await manager.start('a');
    expect(manager.statusOf('a').state).toBe('running');
  });
});

describe('a child whose manager was killed', () => {
  it('is replaced when the next manager runs another command under its id', async () => {
    const folder = managedFolder();
    const first = child(MANAGER, folder, JSON.stringify([{ id: 'p', ...shell('exec sleep 60') }]));
    expect(await messageFrom(first)).toBe('registered');
    expect(await messageFrom(first)).toBe('up');
    await kill(first);
    const { manager } = await supervise({ runtimeDir: folder });
    await manager.register({ id: 'p', ...shell('exec sleep 61') });
    expect(manager.statusOf('p').state).toBe('pending');
  });
});

describe('env_file', () => {
  const parse = (folder: string, line: string) =>
    parseConfiguration(
      `groups:\n  - processes:\n      - id: a\n        command: x\n        ${line}`,
      path.join(folder, 'cliwrap.yaml'),
      {},
    ).processes[0]?.env;

  it('is read relative to the configuration; later files and env win', () => {
    const folder = temporaryFolder();
    fs.writeFileSync(path.join(folder, 'a.env'), '# a comment\nA=1\nexport B="two words"\nC=\'$A\'\n');
    fs.writeFileSync(path.join(folder, 'b.env'), 'A=2\nD=4\n');
    expect(parse(folder, 'env_file: a.env')).toEqual({ A: '1', B: 'two words', C: '$A' });
    expect(parse(folder, 'env_file: [a.env, b.env]\n        env: { D: 5 }')).toEqual({
      A: '2',
      B: 'two words',
      C: '$A',
      D: '5',
    });
  });

  it('is refused with its line when it cannot be read', () => {
    expect(() => parse(temporaryFolder(), 'env_file: none.env')).toThrow(
      /cliwrap.yaml:5: groups\[0\].processes\[0\].env_file: cannot read it: ENOENT/,
    );
  });
});

describe('log files', () => {
  const TIME = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z`;

  async function logging(more: object) {
    const logs = path.join(temporaryFolder(), 'logs');
    const { manager } = await supervise({ logFiles: { folder: logs } });
    // Prints each line of its input.
    await manager.register({ id: 'p', command: 'cat', stdin: 'pipe', ...more });
    await manager.start('p');
    const file = path.join(logs, 'p.stdout.log');
    const text = (name = file) => (fs.existsSync(name) ? fs.readFileSync(name, 'utf8') : '');
    const write = async (line: string, name = file) => {
      manager.write('p', line);
      const last = line.slice(line.trimEnd().lastIndexOf('\n') + 1);
      await vi.waitUntil(() => text(name).endsWith(last), { timeout: 60_000 });
    };
    return { file, text, write };
  }

  it('have a time at the beginning of each line with logTimestamps, and the ring has none', async () => {
    const { text, write } = await logging({ logTimestamps: true });
    await write('one\ntwo\nhal');
    await write('f\n');
    expect(text()).toMatch(new RegExp(`^${TIME} one\n${TIME} two\n${TIME} half\n$`));
  });

  it('are opened again when another program has moved or removed them', async () => {
    const { file, text, write } = await logging({});
    await write('one\n');
    fs.renameSync(file, `${file}.moved`);
    await write('two\n');
    fs.rmSync(file);
    await write('three\n');
    expect(text()).toBe('three\n');
    expect(text(`${file}.moved`)).toBe('one\n');
    expect(fs.statSync(file).uid).toBe(os.userInfo().uid);
  });
});
