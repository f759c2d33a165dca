import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { expect, onTestFinished, test, vi } from 'vitest';
import { BoundSocket, DatagramSocket, MessageHeader } from '../../src/platform/index.js';
import { child, kill, messageFrom } from '../child.js';
import { temporaryFolder } from '../temporary.js';

function bind(file: string, mode = 0o600): BoundSocket {
  const bound = BoundSocket.bind(file, mode);
  onTestFinished(() => bound.close());
  return bound;
}

test('the socket has its mode before its path exists, for every umask', () => {
  const folder = temporaryFolder();
  const before = process.umask(0);
  try {
    for (const mode of [0o600, 0o660, 0o777]) {
      const file = path.join(folder, `s${mode.toString(8)}`);
      const named = vi.spyOn(fs, 'linkSync').mockImplementation((from, to) => {
        expect(fs.lstatSync(from).mode & 0o777).toBe(mode);
        named.mockRestore();
        fs.linkSync(from, to);
      });
      bind(file, mode);
      expect(fs.lstatSync(file).mode & 0o777).toBe(mode);
      expect(process.umask()).toBe(0);
    }
    process.umask(0o777);
    bind(path.join(folder, 'narrow'), 0o600);
    expect(fs.lstatSync(path.join(folder, 'narrow')).mode & 0o777).toBe(0o600);
  } finally {
    process.umask(before);
  }
});

test('a file, a folder, a FIFO and a symbolic link at the path are refused and unchanged', () => {
  const folder = temporaryFolder();
  const file = path.join(folder, 's');
  const refused = (code: string, text: RegExp) =>
    expect(() => BoundSocket.bind(file, 0o600)).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(text) }),
    );
  fs.writeFileSync(file, 'precious');
  refused('COULD_NOT_ACCESS_SOCKET', /a file exists there and is kept/);
  expect(fs.readFileSync(file, 'utf8')).toBe('precious');
  fs.rmSync(file);
  fs.mkdirSync(file);
  refused('COULD_NOT_ACCESS_SOCKET', /a folder exists there/);
  fs.rmdirSync(file);
  const elsewhere = path.join(folder, 'elsewhere');
  bind(elsewhere).close();
  DatagramSocket.open(1).close();
  fs.symlinkSync(elsewhere, file);
  refused('COULD_NOT_ACCESS_SOCKET', /a symbolic link exists there/);
  expect(fs.lstatSync(file).isSymbolicLink()).toBe(true);
});

test('refuses a socket with a reader without sending to the reader', () => {
  const file = path.join(temporaryFolder(), 's');
  const first = bind(file);
  const message = new MessageHeader(64);
  expect(() => BoundSocket.bind(file, 0o600)).toThrow(
    expect.objectContaining({ code: 'ADDRESS_IN_USE', message: expect.stringContaining(file) }),
  );
  expect(first.socket.receive(message)).toBeLessThan(0);
  const sender = DatagramSocket.connect(file);
  expect(sender.send(Buffer.from('still here'), 10)).toBe(0);
  expect(first.socket.receive(message)).toBe(10);
  sender.close();
});

test('a stream socket with a listener is refused', async () => {
  const file = path.join(temporaryFolder(), 's');
  const server = net.createServer().listen(file);
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  expect(() => BoundSocket.bind(file, 0o600)).toThrow(/already running/);
  expect(fs.lstatSync(file).isSocket()).toBe(true);
});

test('replaces the socket of a killed observer', async () => {
  const file = path.join(temporaryFolder(), 's');
  const dying = child(new URL('../health/processes/bind-and-wait.mjs', import.meta.url), file);
  await messageFrom(dying);
  await kill(dying);
  expect(fs.lstatSync(file).isSocket()).toBe(true);
  bind(file);
  const sender = DatagramSocket.connect(file);
  expect(sender.send(Buffer.alloc(1), 1)).toBe(0);
  sender.close();
});

test('the close removes the path only if it is the file of this socket', () => {
  const file = path.join(temporaryFolder(), 's');
  const first = bind(file);
  first.close();
  expect(fs.existsSync(file)).toBe(false);
  const second = bind(file);
  fs.renameSync(file, `${file}.moved`);
  fs.writeFileSync(file, 'another file');
  second.close();
  second.close();
  expect(fs.readFileSync(file, 'utf8')).toBe('another file');
});

test('a folder that others may write is refused, one with the sticky bit is not', () => {
  const folder = path.join(temporaryFolder(), 'open');
  fs.mkdirSync(folder);
  fs.chmodSync(folder, 0o777);
  expect(() => BoundSocket.bind(path.join(folder, 's'), 0o600)).toThrow(/other users may write to it/);
  fs.chmodSync(folder, 0o1777);
  bind(path.join(folder, 's'));
  expect(() => BoundSocket.bind(path.join(folder, 'missing', 's'), 0o600)).toThrow(/ENOENT/);
});

test('the kernel attests the sender of the first datagram', () => {
  const file = path.join(temporaryFolder(), 's');
  const bound = bind(file);
  const sender = DatagramSocket.connect(file);
  sender.send(Buffer.from('x'), 1);
  const message = new MessageHeader(4);
  expect(bound.socket.receive(message)).toBe(1);
  expect(message.senderPid).toBe(process.pid);
  expect(message.senderUid).toBe(process.getuid?.());
  expect(message.controlTruncated).toBe(false);
  sender.send(Buffer.from('longer than four'), 16);
  expect(bound.socket.receive(message)).toBe(4);
  sender.close();
});

test('leaves the umask of the process unchanged while several threads bind', async () => {
  const folder = temporaryFolder();
  const before = process.umask();
  const workers = [0, 1].map(
    (i) =>
      new Worker(new URL('./processes/bind-often.mjs', import.meta.url), {
        workerData: { file: path.join(folder, `s${i}`), mode: i === 0 ? 0o600 : 0o666 },
      }),
  );
  const masks = new Set<number>();
  const look = setInterval(() => masks.add(process.umask()), 0);
  await Promise.all(workers.map((worker) => once(worker, 'exit')));
  clearInterval(look);
  expect([...masks].filter((mask) => mask !== before)).toEqual([]);
  expect(process.umask()).toBe(before);
  expect(fs.readdirSync(folder)).toEqual([]);
});

test('leaves no other file beside the socket, also after a failed bind', () => {
  const folder = temporaryFolder();
  const file = path.join(folder, 's');
  bind(file);
  expect(fs.readdirSync(folder)).toEqual(['s']);
  expect(() => BoundSocket.bind(file, 0o600)).toThrow(/already running/);
  expect(fs.readdirSync(folder)).toEqual(['s']);
});

test('binds a path of the longest length', () => {
  const folder = temporaryFolder();
  const file = path.join(folder, 's'.repeat(107 - folder.length - 1));
  bind(file);
  expect(() => BoundSocket.bind(`${file}s`, 0o600)).toThrow(
    expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
  );
});

test('gives exactly one of many processes the path of a killed observer', async () => {
  const file = path.join(temporaryFolder(), 's');
  const dying = child(new URL('../health/processes/bind-and-wait.mjs', import.meta.url), file);
  await messageFrom(dying);
  await kill(dying);
  const results = await Promise.all(
    Array.from({ length: 6 }, async () => {
      const racing = child(new URL('./processes/bind-race.mjs', import.meta.url), file);
      return await messageFrom(racing);
    }),
  );
  expect(results.filter((result) => result === 'bound')).toHaveLength(1);
  expect(new Set(results)).toEqual(new Set(['bound', 'ADDRESS_IN_USE']));
});

test.skipIf(process.geteuid?.() !== 0)('refuses the folder of another user (needs root)', () => {
  const folder = path.join(temporaryFolder(), 'foreign');
  fs.mkdirSync(folder, { mode: 0o755 });
  fs.chownSync(folder, 65_534, 65_534);
  expect(() => BoundSocket.bind(path.join(folder, 's'), 0o600)).toThrow(/belongs to user 65534/);
  const link = path.join(path.dirname(folder), 'link');
  fs.symlinkSync(path.dirname(folder), link);
  fs.lchownSync(link, 65_534, 65_534);
  expect(() => BoundSocket.bind(path.join(link, 's'), 0o600)).toThrow(/symbolic link of user 65534/);
});

for (const [name, code] of [
  ['mkdtempSync', 'ENOSPC'],
  ['openSync', 'EMFILE'],
  ['chmodSync', 'EPERM'],
  ['linkSync', 'ENOSPC'],
] as const) {
  test(`leaves no file and binds at the next attempt when ${name} fails with ${code}`, () => {
    const folder = temporaryFolder();
    const file = path.join(folder, 's');
    const spy = vi.spyOn(fs, name as 'openSync').mockImplementationOnce(() => {
      throw Object.assign(new Error(`${code}: injected`), { code });
    });
    onTestFinished(() => spy.mockRestore());
    const descriptors = fs.readdirSync('/proc/self/fd').length;
    expect(() => BoundSocket.bind(file, 0o600)).toThrow(
      expect.objectContaining({ code: 'COULD_NOT_ACCESS_SOCKET', message: expect.stringContaining(code) }),
    );
    expect(fs.readdirSync(folder)).toEqual([]);
    expect(fs.readdirSync('/proc/self/fd').length).toBe(descriptors);
    bind(file);
    expect(fs.readdirSync(folder)).toEqual(['s']);
  });
}
