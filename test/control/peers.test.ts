/** Who may be at the other end of a control socket, and how many connections a server keeps. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ControlClient, ControlServer, runtimeDirectory, writeHint } from '../../src/control/index.js';
import { peerCredentials } from '../../src/platform/index.js';
import { endsWithTest } from '../child.js';
import { temporaryFolder } from '../temporary.js';
import { ScriptedService } from './scripted-service.js';

const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;

/** A socket at which a process of another user listens, in a folder of that user. */
async function foreignSocket(): Promise<string> {
  const folder = temporaryFolder();
  const socketPath = path.join(folder, 'manager.sock');
  fs.chmodSync(folder, 0o755);
  fs.chownSync(folder, NOBODY, NOBODY);
  const listen = `require('net').createServer().listen(${JSON.stringify(socketPath)}, () => console.log('up'))`;
  const server: ChildProcess = endsWithTest(
    spawn(process.execPath, ['-e', listen], {
      uid: NOBODY,
      gid: NOBODY,
      stdio: ['ignore', 'pipe', 'inherit'],
    }),
  );
  await once(server.stdout as NodeJS.ReadableStream, 'data');
  return socketPath;
}

async function serverWith(options: ConstructorParameters<typeof ControlServer>[1] = {}): Promise<string> {
  const server = new ControlServer(new ScriptedService(), options);
  onTestFinished(() => server.close());
  await server.listen(path.join(temporaryFolder(), 'manager.sock'));
  return server.path;
}

describe('a manager of another user', () => {
  it('is refused, unless the client names that user', async () => {
    if (!isRoot) {
      process.stderr.write('skipped: only root may start a process of another user\n');
      return;
    }
    const socketPath = await foreignSocket();
    await expect(ControlClient.dial(socketPath)).rejects.toMatchObject({
      code: 'FOREIGN_PEER',
      message: expect.stringContaining(`runs as user ${NOBODY}`),
    });
    const client = await ControlClient.dial(socketPath, { peerUids: [NOBODY] });
    client.close();
  });

  it('is also refused when the client names only other users and the manager runs as this user', async () => {
    const socketPath = await serverWith();
    await expect(ControlClient.dial(socketPath, { peerUids: [NOBODY] })).rejects.toMatchObject({
      code: 'FOREIGN_PEER',
    });
  });
});

describe('the credentials of a peer', () => {
  it('belong to the process that listens', async () => {
    const socket = net.connect(await serverWith());
    await once(socket, 'connect');
    const { fd } = (socket as unknown as { _handle: { fd: number } })._handle;
    expect(peerCredentials(fd)).toEqual({
      pid: process.pid,
      uid: process.getuid?.(),
      gid: process.getgid?.(),
    });
    socket.destroy();
  });

  it('are unknown for a descriptor that is no socket', () => {
    const fd = fs.openSync('/dev/null', 'r');
    expect(peerCredentials(fd)).toBeNull();
    fs.closeSync(fd);
  });
});

describe('a server whose places are all taken', () => {
  it('replaces the connection that has been idle longest by a new one', async () => {
    const cut: number[] = [];
    const socketPath = await serverWith({
      maxConnections: 3,
      log: ({ what, connection = 0 }) => what === 'too-many-connections' && cut.push(connection),
    });
    const idle = [1, 2, 3].map(() => net.connect(socketPath));
    for (const socket of idle) {
      if (socket.connecting) await once(socket, 'connect');
      onTestFinished(() => void socket.destroy());
    }
    const ended = once(idle[0] as net.Socket, 'close');
    // New connections are refused until an idle one is old enough.
    for (let entries: unknown = null; entries === null; ) {
      const client = await ControlClient.dial(socketPath);
      entries = await client.list().catch(() => null);
      client.close();
    }
    await ended;
    expect(cut.at(-1)).toBeLessThanOrEqual(3);
    expect((idle[1] as net.Socket).destroyed).toBe(false);
  });
});

describe('a call with a limit beyond 2^31-1 ms', () => {
  it('does not time out immediately', async () => {
    const socketPath = await serverWith();
    using client = await ControlClient.dial(socketPath, { timeoutMs: 2 ** 31 });
    expect((await client.list()).length).toBeGreaterThan(0);
    const never = client.events({ timeoutMs: 2 ** 40 }).next();
    await client.list({ timeoutMs: 2 ** 31 });
    expect(await Promise.race([never.catch(() => 'failed'), Promise.resolve('waiting')])).toBe('waiting');
    client.close();
    await never.catch(() => {});
  });
});

describe('the runtime directory', () => {
  const environment = () => {
    const folder = temporaryFolder();
    return {
      TMPDIR: folder,
      HOME: folder,
      XDG_CACHE_HOME: path.join(folder, 'cache'),
      CLIWRAP_RUNTIME_DIR: '',
    };
  };

  it('is refused below the temporary folder when other users may write to it', () => {
    const env = environment();
    const fallback = path.join(env.TMPDIR, 'cliwrap');
    expect(runtimeDirectory('', env)).toBe(fallback);
    fs.mkdirSync(fallback, { mode: 0o700 });
    expect(runtimeDirectory('', env)).toBe(fallback);
    fs.chmodSync(fallback, 0o777);
    expect(() => runtimeDirectory('', env)).toThrow('other users may write to it');
    fs.rmdirSync(fallback);
    fs.symlinkSync('/tmp', fallback);
    expect(() => runtimeDirectory('', env)).toThrow('symbolic link');
  });

  it('is stored as an absolute path in the hint, which is ignored when other users could have written it', () => {
    const env = environment();
    writeHint('run', env);
    expect(runtimeDirectory(undefined, env)).toBe(path.resolve('run'));
    fs.chmodSync(path.join(env.XDG_CACHE_HOME, 'cliwrap'), 0o777);
    expect(runtimeDirectory(undefined, env)).toBe(path.join(env.TMPDIR, 'cliwrap'));
    expect(() => writeHint('run', env)).toThrow('other users may write to it');
  });
});
