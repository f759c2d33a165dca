import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { ControlClient, ControlServer, type ServerLogEntry } from '../../src/control/index.js';
import { child, kill, messageFrom } from '../child.js';
import { MEASURES } from '../size.js';
import { temporaryFolder } from '../temporary.js';
import { ScriptedService } from './scripted-service.js';

async function serverAt(socketPath: string, log?: (entry: ServerLogEntry) => void): Promise<ControlServer> {
  const server = new ControlServer(new ScriptedService(), log === undefined ? {} : { log });
  onTestFinished(() => server.close());
  await server.listen(socketPath);
  return server;
}

const socketIn = (folder: string) => path.join(folder, 'manager.sock');
const PROCESS = new URL('./processes/serve.mjs', import.meta.url);

describe('the socket file', () => {
  it.each([0o000, 0o077])('has mode 0600 in a folder of mode 0700 with each umask (%o)', async (mask) => {
    const runtime = path.join(temporaryFolder(), 'made', 'here');
    const before = process.umask(mask);
    try {
      await serverAt(socketIn(runtime));
    } finally {
      process.umask(before);
    }
    expect(fs.statSync(socketIn(runtime)).mode & 0o777).toBe(0o600);
    expect(fs.statSync(runtime).mode & 0o777).toBe(0o700);
    expect(fs.readdirSync(runtime)).toEqual(['manager.sock']);
  });

  it('is bound inside its folder without a umask, also when the parent folder is not writable', async () => {
    const folder = temporaryFolder();
    const made = vi.spyOn(fs, 'mkdtempSync');
    const masked = vi.spyOn(process, 'umask');
    try {
      await serverAt(socketIn(folder));
      expect(made.mock.calls.map(([prefix]) => path.dirname(prefix))).toEqual([folder]);
      expect(masked).not.toHaveBeenCalled();
    } finally {
      made.mockRestore();
      masked.mockRestore();
    }
    expect(fs.readdirSync(folder)).toEqual(['manager.sock']);
  });

  it('has the mode of the options', async () => {
    const socketPath = socketIn(temporaryFolder());
    const server = new ControlServer(new ScriptedService());
    await server.listen(socketPath, { mode: 0o660 });
    expect(fs.statSync(socketPath).mode & 0o777).toBe(0o660);
    await server.close();
  });

  it('has the owner of the options when this process may change it', async () => {
    const socketPath = socketIn(temporaryFolder());
    const server = new ControlServer(new ScriptedService());
    onTestFinished(() => server.close());
    if (process.getuid?.() !== 0) {
      process.stdout.write('skipped: only root may give a socket to another user\n');
      return;
    }
    await server.listen(socketPath, { mode: 0o660, uid: 12_345, gid: 23_456 });
    expect(fs.statSync(socketPath)).toMatchObject({ uid: 12_345, gid: 23_456 });
    expect(fs.statSync(socketPath).mode & 0o777).toBe(0o660);
  });

  it('is removed at close only while it is the socket of this server', async () => {
    const socketPath = socketIn(temporaryFolder());
    const first = await serverAt(socketPath);
    await first.close();
    expect(fs.existsSync(socketPath)).toBe(false);
    const second = await serverAt(socketPath);
    fs.unlinkSync(socketPath);
    const third = await serverAt(socketPath);
    await second.close();
    expect(fs.existsSync(socketPath)).toBe(true);
    const client = await ControlClient.dial(socketPath);
    expect(await client.list()).toHaveLength(3);
    client.close();
    await third.close();
  });

  it.each(['file', 'folder', 'symbolic link'])('does not replace a %s', async (kind) => {
    const folder = temporaryFolder();
    const socketPath = socketIn(folder);
    if (kind === 'file') fs.writeFileSync(socketPath, 'precious');
    else if (kind === 'folder') fs.mkdirSync(socketPath);
    else fs.symlinkSync(path.join(folder, 'elsewhere'), socketPath);
    const server = new ControlServer(new ScriptedService());
    await expect(server.listen(socketPath)).rejects.toMatchObject({ code: 'NOT_A_SOCKET' });
    expect(fs.readdirSync(folder)).toEqual(['manager.sock']);
    if (kind === 'file') expect(fs.readFileSync(socketPath, 'utf8')).toBe('precious');
  });

  it('is refused with path and limit when the path is too long', async () => {
    const socketPath = path.join('/tmp', 'x'.repeat(100), 'manager.sock');
    const server = new ControlServer(new ScriptedService());
    await expect(server.listen(socketPath)).rejects.toThrow(/xxx.* has 118 bytes, an address takes 107/);
    await expect(ControlClient.dial(socketPath)).rejects.toMatchObject({ code: 'PATH_TOO_LONG' });
  });

  it('is refused in a folder that others may write to', async () => {
    const folder = temporaryFolder();
    fs.chmodSync(folder, 0o777);
    await expect(serverAt(socketIn(folder))).rejects.toMatchObject({
      code: 'ACCESS_DENIED',
      message: expect.stringContaining('other users may write to it'),
    });
    expect(fs.readdirSync(folder)).toEqual([]);
  });

  it('reports whether a socket exists when no process listens', async () => {
    const socketPath = socketIn(temporaryFolder());
    await expect(ControlClient.dial(socketPath)).rejects.toMatchObject({ code: 'NO_SERVER' });
    await leaveStale(socketPath);
    await expect(ControlClient.dial(socketPath)).rejects.toThrow(/no process listens/);
  });
});

describe('a stale socket', () => {
  it('is recognized and replaced', async () => {
    const socketPath = socketIn(temporaryFolder());
    await leaveStale(socketPath);
    const server = await serverAt(socketPath);
    const client = await ControlClient.dial(socketPath);
    expect(await client.list()).toHaveLength(3);
    client.close();
    await server.close();
  });

  it('is replaced by exactly one of eight servers that start at once, ten times', async () => {
    for (let round = 0; round < 10; round++) {
      const socketPath = socketIn(temporaryFolder());
      await leaveStale(socketPath);
      const servers = await Promise.all(
        Array.from({ length: 8 }, async () => {
          const server = new ControlServer(new ScriptedService());
          return server.listen(socketPath).then(
            () => server,
            (error) => {
              expect(error.code).toBe('SERVER_RUNNING');
              return null;
            },
          );
        }),
      );
      expect(servers.filter((server) => server !== null)).toHaveLength(1);
      for (const server of servers) await server?.close();
    }
  });

  it('is replaced by exactly one of four processes', async () => {
    const socketPath = socketIn(temporaryFolder());
    await leaveStale(socketPath);
    const children = Array.from({ length: 4 }, () => child(PROCESS, socketPath));
    const answers = await Promise.all(children.map((each) => messageFrom<string>(each)));
    expect(answers.sort()).toEqual(['SERVER_RUNNING', 'SERVER_RUNNING', 'SERVER_RUNNING', 'listening']);
  });
});

describe('close', () => {
  it('ends idle connections and streams immediately', async () => {
    const socketPath = socketIn(temporaryFolder());
    const server = await serverAt(socketPath);
    const idle = net.connect(socketPath);
    const client = await ControlClient.dial(socketPath);
    const stream = await client.stream(0xa6, { pids: null });
    await client.list();
    const before = performance.now();
    const ended = once(idle.resume(), 'end');
    await server.close();
    await ended;
    expect(await stream.readFrame()).toBeNull();
    await expect(client.list()).rejects.toMatchObject({ code: 'CLOSED' });
    if (MEASURES) expect(performance.now() - before).toBeLessThan(2_000);
  });

  it('finishes the running request first', async () => {
    const socketPath = socketIn(temporaryFolder());
    const service = new ScriptedService();
    let finish = () => {};
    service.stop = () => new Promise<void>((resolve) => (finish = resolve));
    const server = new ControlServer(service);
    await server.listen(socketPath);
    const client = await ControlClient.dial(socketPath);
    const stopped = client.stop('p1');
    const other = await ControlClient.dial(socketPath);
    await other.list();
    const closing = server.close();
    finish();
    await stopped;
    await closing;
  });
});

/** A socket whose server died: as SIGKILL leaves it. */
async function leaveStale(socketPath: string): Promise<void> {
  const server = child(PROCESS, socketPath);
  await messageFrom(server);
  await kill(server);
  expect(fs.lstatSync(socketPath).isSocket()).toBe(true);
}
