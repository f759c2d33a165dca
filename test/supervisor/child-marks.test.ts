/** Claims in the environment of processes, and ids from files: what a manager believes of them. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { child, endsWithTest, kill, messageFrom } from '../child.js';
import { environmentOf, managedFolder, processesOf, shell, supervise } from './supervised.js';

const MANAGER = new URL('./processes/manager.mjs', import.meta.url);
const NOBODY = 65_534;

/** A process that claims to be the child `id` of a manager of `folder`. */
async function claimant(folder: string, id: string, more: object = {}): Promise<ChildProcess> {
  const env = { RINGWIRE_SUPERVISOR: fs.realpathSync(folder), RINGWIRE_PROCESS: id, ...more };
  const process = endsWithTest(spawn('sleep', ['60'], { detached: true, stdio: 'ignore', env }));
  await once(process, 'spawn');
  return process;
}

/** The token of the only child of a manager in `folder`. */
function tokenIn(folder: string): string {
  const [pid] = processesOf(folder);
  const environment = environmentOf(pid as number);
  return environment.find((entry) => entry.startsWith('RINGWIRE_MARK='))?.slice(14) ?? '';
}

describe('a process that claims to be a child', () => {
  it('is neither adopted nor ended without the token of the folder', async () => {
    const folder = managedFolder();
    const forged = await claimant(folder, 'web');
    const guessed = await claimant(folder, 'web', { RINGWIRE_MARK: '0'.repeat(64) });
    const { manager } = await supervise({ runtimeDir: folder });
    await manager.register({ id: 'web', ...shell('sleep 60') });
    expect(manager.statusOf('web')).toMatchObject({ state: 'pending', pid: 0 });
    await manager.stopUnregistered();
    expect([forged.exitCode, forged.signalCode, guessed.exitCode, guessed.signalCode]).toEqual(
      Array(4).fill(null),
    );
  });

  it('writes no file by an id that leads out of the folder', async () => {
    const folder = managedFolder();
    await claimant(folder, '../../escaped');
    const before = fs.readdirSync(path.dirname(folder)).filter((name) => name.startsWith('escaped'));
    await supervise({ runtimeDir: folder });
    expect(fs.readdirSync(path.join(folder, 'processes'))).toEqual([]);
    expect(fs.readdirSync(path.dirname(folder)).filter((name) => name.startsWith('escaped'))).toEqual(before);
  });

  it('cannot use the token of one id for another, nor from another user', async () => {
    const folder = managedFolder();
    const first = child(MANAGER, folder, JSON.stringify([{ id: 'a', ...shell('exec sleep 60') }]));
    expect(await messageFrom(first)).toBe('registered');
    expect(await messageFrom(first)).toBe('up');
    const token = tokenIn(folder);
    expect(token).toMatch(/^[0-9a-f]{64}$/);
    await kill(first);
    const other = await claimant(folder, 'b', { RINGWIRE_MARK: token });
    const { manager } = await supervise({ runtimeDir: folder });
    await manager.register({ id: 'b', ...shell('sleep 60') });
    expect(manager.statusOf('b').state).toBe('pending');
    await manager.register({ id: 'a', ...shell('exec sleep 60') });
    expect(manager.statusOf('a').state).toBe('running');
    await manager.stopUnregistered();
    expect(other.signalCode).toBeNull();
  });

  it('does not count when it runs as another user, also with the right token', async () => {
    if (process.getuid?.() !== 0) {
      process.stderr.write('skipped: only root may start a process of another user\n');
      return;
    }
    const folder = managedFolder();
    const first = child(MANAGER, folder, JSON.stringify([{ id: 'a', ...shell('exec sleep 60') }]));
    expect(await messageFrom(first)).toBe('registered');
    expect(await messageFrom(first)).toBe('up');
    const token = tokenIn(folder);
    await kill(first);
    for (const pid of processesOf(folder)) process.kill(pid, 'SIGKILL');
    // The kernel ends them later.
    await vi.waitUntil(() => processesOf(folder).length === 0, { timeout: 120_000 });
    fs.rmSync(path.join(folder, 'processes', 'a.json'));
    const env = { RINGWIRE_PROCESS: 'a', RINGWIRE_MARK: token };
    const foreign = endsWithTest(spawn('sleep', ['60'], { detached: true, env, uid: NOBODY, gid: NOBODY }));
    await once(foreign, 'spawn');
    const { manager } = await supervise({ runtimeDir: folder });
    await manager.register({ id: 'a', ...shell('sleep 60') });
    expect(manager.statusOf('a').state).toBe('pending');
  });
});

describe('a child without a record', () => {
  it('is adopted although it executes another program, and has no environment, when the manager looks', async () => {
    const folder = managedFolder();
    const spec = { id: 'a', ...shell('exec sleep 60'), stopTimeoutMs: 1_000 };
    const first = child(MANAGER, folder, JSON.stringify([spec]));
    expect(await messageFrom(first)).toBe('registered');
    expect(await messageFrom(first)).toBe('up');
    await kill(first);
    fs.rmSync(path.join(folder, 'processes', 'a.json'));
    const [pid] = processesOf(folder);
    const read = fs.readFileSync;
    let looks = 0;
    const spy = vi
      .spyOn(fs, 'readFileSync')
      .mockImplementation(((file: string, ...rest: never[]) =>
        file === `/proc/${pid}/environ` && looks++ < 3 ? '' : read(file, ...rest)) as typeof fs.readFileSync);
    onTestFinished(() => spy.mockRestore());
    const { manager } = await supervise({ runtimeDir: folder });
    await manager.register(spec);
    expect(manager.statusOf('a')).toMatchObject({ state: 'running', pid });
  });
});

describe('a record', () => {
  it.each([
    ['another name than its id', 'a.json', { id: 'b' }],
    ['an id that leads out of the folder', 'x.json', { id: '../x' }],
    ['an id that is not a text', 'n.json', { id: 7 }],
  ])('with %s is ignored', async (_what, name, { id }) => {
    const folder = managedFolder();
    fs.mkdirSync(path.join(folder, 'processes'), { mode: 0o700 });
    const record = { id, channel: 400, pid: process.pid, startTime: '1', bootId: '' };
    fs.writeFileSync(path.join(folder, 'processes', name), JSON.stringify(record));
    const { manager } = await supervise({ runtimeDir: folder });
    await manager.register({ id: 'b', ...shell('true') });
    // Its channel does not count either.
    expect(manager.statusOf('b').channels).toMatch(/#4$/);
  });
});

describe('a runtime folder with a name outside ASCII', () => {
  it('has its orphans found: children, and remaining members of their groups', async () => {
    const folder = path.join(managedFolder(), 'größe-目录');
    const spec = { id: 'a', ...shell('sleep 60 & exec sleep 60'), stopTimeoutMs: 1_000 };
    const first = child(MANAGER, folder, JSON.stringify([spec]));
    expect(await messageFrom(first)).toBe('registered');
    expect(await messageFrom(first)).toBe('up');
    const { pid } = JSON.parse(fs.readFileSync(path.join(folder, 'processes', 'a.json'), 'utf8'));
    while (processesOf(folder).length < 2) await new Promise(setImmediate);
    await kill(first);
    process.kill(pid, 'SIGKILL');
    while (processesOf(folder).includes(pid)) await new Promise(setImmediate);
    expect(processesOf(folder)).toHaveLength(1);
    const { manager } = await supervise({ runtimeDir: folder });
    await manager.stopUnregistered();
    expect(processesOf(folder)).toEqual([]);
  });
});
