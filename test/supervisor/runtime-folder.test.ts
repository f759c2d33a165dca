import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ControlClient } from '../../src/control/index.js';
import { child, kill, messageFrom } from '../child.js';
import { temporaryFolder } from '../temporary.js';
import { managedFolder, shell, supervise } from './supervised.js';

const MANAGER = new URL('./processes/manager.mjs', import.meta.url);
const NOBODY = 65_534;

/** Makes a folder the current one until the test is over. */
function enter(folder: string): void {
  const before = process.cwd();
  onTestFinished(() => process.chdir(before));
  process.chdir(folder);
}

describe('a runtime folder', () => {
  it.each(['', 'pipes', 'processes', 'channels'])(
    'is refused when others may write to it (%s)',
    async (inner) => {
      const folder = managedFolder();
      fs.mkdirSync(path.join(folder, inner), { recursive: true });
      fs.chmodSync(path.join(folder, inner), 0o777);
      await expect(supervise({ runtimeDir: folder })).rejects.toMatchObject({
        code: expect.stringMatching('COULD_NOT_ACCESS_STORAGE'),
        message: expect.stringContaining('other users may write to it'),
      });
    },
  );

  it('is refused when others may write to it, also with the sticky bit', async () => {
    const folder = managedFolder();
    fs.chmodSync(folder, 0o1777);
    await expect(supervise({ runtimeDir: folder })).rejects.toThrow('other users may write to it');
    expect(fs.readdirSync(folder)).toEqual([]);
  });

  it('is refused when it is a symbolic link', async () => {
    const folder = managedFolder();
    const link = path.join(temporaryFolder(), 'link');
    fs.symlinkSync(folder, link);
    await expect(supervise({ runtimeDir: link })).rejects.toThrow('symbolic link');
  });

  it('is refused when it belongs to another user, also by root', async () => {
    if (process.getuid?.() !== 0) {
      process.stderr.write('skipped: only root may give a folder away\n');
      return;
    }
    const folder = managedFolder();
    fs.chownSync(folder, NOBODY, NOBODY);
    await expect(supervise({ runtimeDir: folder })).rejects.toThrow(`belongs to user ${NOBODY}`);
    expect(fs.readdirSync(folder)).toEqual([]);
  });

  it('is locked by one manager, whose pid the error of a second one names, until a SIGKILL', async () => {
    const folder = managedFolder();
    const first = child(MANAGER, folder, JSON.stringify([]));
    expect(await messageFrom(first)).toBe('registered');
    await expect(supervise({ runtimeDir: folder })).rejects.toMatchObject({
      code: 'MANAGER_RUNNING',
      message: `a manager (pid ${first.pid}) already runs in ${folder}: stop it, or choose another runtime folder`,
    });
    await kill(first);
    const { manager } = await supervise({ runtimeDir: folder });
    expect(manager.list()).toEqual([]);
  });

  it('is taken by exactly one of many managers that start at the same moment', async () => {
    const folder = managedFolder();
    const attempts = await Promise.allSettled([1, 2, 3, 4].map(() => supervise({ runtimeDir: folder })));
    const codes = attempts.map((attempt) => (attempt.status === 'rejected' ? attempt.reason.code : 'open'));
    expect(codes.sort()).toEqual(['MANAGER_RUNNING', 'MANAGER_RUNNING', 'MANAGER_RUNNING', 'open']);
  });

  it('may be relative, and is unaffected by a later chdir', async () => {
    const folder = managedFolder();
    enter(folder);
    const { manager, until } = await supervise({ runtimeDir: 'run' });
    expect(manager.socketPath).toBe(path.join(folder, 'run', 'manager.sock'));
    using client = await ControlClient.dial(path.join('run', 'manager.sock'));
    process.chdir('/');
    await manager.register({ id: 'p', ...shell('echo here') });
    await manager.start('p');
    await until('p', 'stopped');
    expect(manager.logsSnapshot('p', 0)?.toString()).toBe('here\n');
    // A stream dials once more.
    for await (const chunk of client.logs('p', { follow: true })) {
      expect(chunk.toString()).toBe('here\n');
      break;
    }
    await manager.shutdown();
    expect(fs.existsSync(path.join(folder, 'run', 'manager.sock'))).toBe(false);
  });
});

describe('relative paths of a manager and of a process', () => {
  it('stay the same after a later chdir: output files, the socket of a readiness probe', async () => {
    const folder = managedFolder();
    enter(folder);
    const { manager, until } = await supervise({ runtimeDir: folder, logFiles: { folder: 'files' } });
    const server = net.createServer((socket) => socket.destroy()).listen('ready.sock');
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    await manager.register({
      id: 'p',
      ...shell('echo here; read x'),
      stdin: 'pipe',
      ready: { socket: 'ready.sock' },
    });
    const elsewhere = temporaryFolder();
    process.chdir(elsewhere);
    await manager.start('p');
    manager.write('p', '\n');
    await until('p', 'stopped');
    expect(fs.readFileSync(path.join(folder, 'files', 'p.stdout.log'), 'utf8')).toBe('here\n');
    expect(fs.readdirSync(elsewhere)).toEqual([]);
  });
});
