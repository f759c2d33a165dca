/** Special files in place of a channel or its lock: an error names them, and no call blocks. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { channelPaths, ShmWriter } from '../../../src/channel/index.js';
import { temporaryFolder } from '../../temporary.js';
import { OPTIONS } from '../channel-under-test.js';

const SCRIPT = fileURLToPath(new URL('./processes/try-everything.mjs', import.meta.url));
const NOBODY = 65_534;

/** In a process of its own, so that a hang is seen as one. */
function tryEverything(root: string, user?: { uid: number; gid: number }): Record<string, string> {
  const { stdout, stderr, signal, status } = spawnSync(process.execPath, [SCRIPT, root, '9'], {
    encoding: 'utf8',
    timeout: 120_000,
    ...user,
  });
  expect({ signal, status, stderr }).toEqual({ signal: null, status: 0, stderr: '' });
  return JSON.parse(stdout);
}

/** A root with a sound, abandoned channel 9. */
function soundChannel(): string {
  const root = temporaryFolder();
  ShmWriter.create(root, { ...OPTIONS, doorbell: false }).close();
  return root;
}

const makers: Record<string, (path: string) => void | Promise<void>> = {
  folder: (path) => fs.mkdirSync(path),
  FIFO: (path) => {
    expect(spawnSync('mkfifo', [path]).status).toBe(0);
  },
  'symbolic link': (path) => {
    fs.writeFileSync(`${path}.target`, Buffer.alloc(20_000));
    fs.symlinkSync(`${path}.target`, path);
  },
  'symbolic link to nothing': (path) => fs.symlinkSync(`${path}.nothing`, path),
  socket: async (path) => {
    const server = net.createServer().listen(path);
    onTestFinished(() => void server.close());
    await new Promise((resolve) => server.once('listening', resolve));
  },
  'character device': (path) => {
    expect(spawnSync('mknod', [path, 'c', '1', '5']).status).toBe(0);
  },
};

const isRoot = process.getuid?.() === 0;

describe.each(Object.keys(makers))('a %s', (kind) => {
  const make = async (path: string) => {
    if (kind === 'character device' && !isRoot) {
      process.stderr.write('skipped: a device can be made by root only\n');
      return false;
    }
    await makers[kind]?.(path);
    return true;
  };

  it('in place of the channel is refused and left unchanged', async ({ skip }) => {
    const root = temporaryFolder();
    const { file, folder } = channelPaths(root, 9);
    fs.mkdirSync(folder);
    if (!(await make(file))) skip();
    const before = fs.lstatSync(file);
    expect(tryEverything(root)).toEqual({
      open: 'COULD_NOT_ACCESS_STORAGE',
      resume: 'COULD_NOT_ACCESS_STORAGE',
      recover: 'COULD_NOT_ACCESS_STORAGE',
      removeLock: 'ok',
      create: 'STORAGE_ALREADY_EXISTS',
    });
    expect(fs.lstatSync(file).ino).toBe(before.ino);
    expect(fs.lstatSync(file).mode).toBe(before.mode);
  });

  it('in place of the lock prevents the opening of the channel without blocking', async ({ skip }) => {
    const root = soundChannel();
    const { lock } = channelPaths(root, 9);
    if (!(await make(lock))) skip();
    const dangling = kind === 'symbolic link to nothing';
    expect(tryEverything(root)).toEqual({
      open: dangling ? 'ok' : 'STORAGE_NOT_READY',
      resume: dangling ? 'CLOSED' : 'STORAGE_NOT_READY',
      recover: dangling ? 'ok' : 'STORAGE_NOT_READY',
      removeLock: 'COULD_NOT_ACCESS_STORAGE',
      create: 'STORAGE_ALREADY_EXISTS',
    });
  });

  it('in place of the lock prevents the creation of a channel', async ({ skip }) => {
    const root = temporaryFolder();
    const { lock, folder, file } = channelPaths(root, 9);
    fs.mkdirSync(folder);
    if (!(await make(lock))) skip();
    expect(tryEverything(root)).toMatchObject({ create: 'STORAGE_NOT_READY' });
    expect(fs.existsSync(file)).toBe(false);
  });

  it('in place of the bell disables the bell only', async ({ skip }) => {
    const root = soundChannel();
    const { bell } = channelPaths(root, 9);
    if (!(await make(bell))) skip();
    expect(tryEverything(root)).toMatchObject({ open: 'ok', recover: 'ok' });
  });
});

describe('a file without permission', () => {
  const asNobody = (root: string) => tryEverything(root, { uid: NOBODY, gid: NOBODY });
  const reachable = () => {
    const root = soundChannel();
    fs.chmodSync(root, 0o755);
    return root;
  };

  it.skipIf(!isRoot)('is refused with the reason, for each file of the channel', () => {
    const root = reachable();
    const { folder, file } = channelPaths(root, 9);
    const refused = {
      open: 'COULD_NOT_ACCESS_STORAGE',
      resume: 'COULD_NOT_ACCESS_STORAGE',
      recover: 'COULD_NOT_ACCESS_STORAGE',
      removeLock: 'COULD_NOT_ACCESS_STORAGE',
      create: 'COULD_NOT_ACCESS_STORAGE',
    };
    // The folder is closed.
    expect(asNobody(root)).toEqual(refused);
    // The folder is open, the file is closed.
    fs.chmodSync(folder, 0o755);
    expect(asNobody(root)).toEqual({ ...refused, removeLock: 'ok', create: 'STORAGE_ALREADY_EXISTS' });
    // The file may be read: that is all a reader needs.
    fs.chmodSync(file, 0o644);
    expect(asNobody(root)).toEqual({
      ...refused,
      open: 'ok',
      removeLock: 'ok',
      create: 'STORAGE_ALREADY_EXISTS',
    });
  });

  it.skipIf(!isRoot)('is not created in a folder without write permission', () => {
    const root = temporaryFolder();
    fs.chmodSync(root, 0o755);
    expect(asNobody(root)).toMatchObject({ open: 'STORAGE_NOT_FOUND', create: 'COULD_NOT_ACCESS_STORAGE' });
    expect(fs.readdirSync(root)).toEqual([]);
  });

  if (!isRoot)
    process.stderr.write('skipped: only root can start a process that may not read a file of ours\n');
});

describe('names around a channel', () => {
  it('refuse a file in place of the folder', () => {
    const root = temporaryFolder();
    fs.writeFileSync(`${root}/0000_0000`, '');
    const outcomes = tryEverything(root);
    expect(outcomes).toMatchObject({ open: 'COULD_NOT_ACCESS_STORAGE', create: 'COULD_NOT_ACCESS_STORAGE' });
  });

  it('get permissions for their owner only, with any umask', () => {
    const before = process.umask(0);
    try {
      const root = temporaryFolder();
      const writer = ShmWriter.create(root, OPTIONS);
      const { file, bell, folder } = channelPaths(root, 9);
      expect([file, bell, folder].map((path) => fs.statSync(path).mode & 0o777)).toEqual([
        0o600, 0o600, 0o700,
      ]);
      writer.close();
    } finally {
      process.umask(before);
    }
  });
});
