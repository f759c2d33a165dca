import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { installPanicHandler, NONCE_TERMINAL, Status, type VlpFrame } from '../../src/health/index.js';
import { endsWithTest } from '../child.js';
import { temporaryFolder } from '../temporary.js';
import { rawReceiver } from './raw-receiver.js';

const CRASHES = fileURLToPath(new URL('./processes/crashes.mjs', import.meta.url));

interface End {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
  readonly terminal: VlpFrame[];
}

/** Lets a child end in a way, with the handler or without, and tells how it ended and what it sent. */
async function end(how: string, handler: 'handler' | 'none' = 'handler', ...more: string[]): Promise<End> {
  const receiver = rawReceiver(path.join(temporaryFolder(), 's'));
  const child = endsWithTest(
    spawn(process.execPath, [CRASHES, receiver.path, how, handler, ...more], {
      stdio: ['ignore', 'pipe', 'pipe'],
    }),
  );
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  child.stdout.once('data', () => {
    if (how.startsWith('SIG')) child.kill(how as NodeJS.Signals);
  });
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  const terminal = receiver.frames().filter((frame) => frame.nonce === NONCE_TERMINAL);
  for (const frame of terminal) {
    expect(frame).toMatchObject({ pid: child.pid, status: Status.Critical, payload: 0n });
    expect(frame.timestamp).toBeGreaterThan(0n);
  }
  return { code, signal, stderr, terminal };
}

for (const how of ['throw', 'reject', 'throw-later']) {
  test(`a process that ends by ${how} sends a terminal frame, and ends as without the handler`, async () => {
    const [without, with_] = await Promise.all([end(how, 'none'), end(how)]);
    expect(with_.terminal).toHaveLength(1);
    expect(without.terminal).toHaveLength(0);
    expect([with_.code, with_.signal]).toEqual([without.code, without.signal]);
    expect(with_.code).toBe(1);
    expect(with_.stderr).toContain('Error: the end');
  });
}

test('a signal in the options sends a terminal frame and still ends the process', async () => {
  const [asked, notAsked] = await Promise.all([end('SIGTERM', 'handler', 'signals'), end('SIGTERM')]);
  expect(asked).toMatchObject({ code: null, signal: 'SIGTERM' });
  expect(asked.terminal).toHaveLength(1);
  expect(notAsked).toMatchObject({ code: null, signal: 'SIGTERM', terminal: [] });
});

test('a signal that the application handles does not end the process', async () => {
  const { code, terminal } = await end('SIGINT', 'handler', 'signals', 'handled');
  expect(code).toBe(7);
  expect(terminal).toHaveLength(1);
});

test('process.exit and a caught error send no terminal frame', async () => {
  for (const [how, code] of [
    ['exit', 5],
    ['caught', 0],
  ] as const) {
    expect(await end(how)).toMatchObject({ code, signal: null, terminal: [] });
  }
});

test('two handlers for one target send one frame, and a removed handler sends none', async () => {
  expect((await end('throw', 'handler', 'twice')).terminal).toHaveLength(1);
  expect((await end('throw', 'handler', 'uninstalled')).terminal).toHaveLength(0);
});

test('an application handler of uncaught errors receives the error after the frame', async () => {
  const { code, terminal } = await end('throw', 'handler', 'catches');
  expect(code).toBe(9);
  expect(terminal).toHaveLength(1);
});

test('a full queue or an ended observer does not delay the crash', async () => {
  const full = await end('throw', 'handler', 'full');
  expect(full).toMatchObject({ code: 1, terminal: [] });
});

for (const restarted of [false, true]) {
  const when = restarted ? 'was restarted after the installation' : 'starts after the installation';
  test(`reaches an observer that ${when}`, async () => {
    const socket = path.join(temporaryFolder(), 's');
    const before = restarted ? rawReceiver(socket) : null;
    const child = endsWithTest(
      spawn(process.execPath, [CRASHES, socket, 'throw-on-input', 'handler'], {
        stdio: ['pipe', 'pipe', 'ignore'],
      }),
    );
    const ended = once(child, 'close');
    await once(child.stdout, 'data');
    before?.close();
    const receiver = rawReceiver(socket);
    child.stdin.write('now\n');
    expect(await ended).toEqual([1, null]);
    expect(receiver.frames()).toMatchObject([{ pid: child.pid, nonce: NONCE_TERMINAL }]);
  });
}

test('installs without an observer, refuses invalid arguments, and removes all its listeners', () => {
  const before = process.listenerCount('uncaughtExceptionMonitor');
  const early = installPanicHandler(path.join(temporaryFolder(), 's'));
  expect(process.listenerCount('uncaughtExceptionMonitor')).toBe(before + 1);
  early();
  expect(() => installPanicHandler('channel:nothing')).toThrow(/invalid beat target/);
  expect(() => installPanicHandler('/x', { signals: ['SIGKILL'] })).toThrow(/signals must be among SIGTERM/);
  expect(process.listenerCount('uncaughtExceptionMonitor')).toBe(before);
  const uninstall = installPanicHandler(rawReceiver(path.join(temporaryFolder(), 's')).path);
  expect(process.listenerCount('uncaughtExceptionMonitor')).toBe(before + 1);
  uninstall();
  uninstall();
  expect(process.listenerCount('uncaughtExceptionMonitor')).toBe(before);
});
