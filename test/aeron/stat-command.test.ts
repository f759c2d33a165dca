/** `ringwire aeron stat`, `streams` and `backlog` with filters, and the screen of `stat --watch`. */
import path from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { Aeron, IpcMediaDriver, type Publication, type Subscription } from '../../src/aeron/index.js';
import { printed, ringwire, start } from '../cli/ringwire-command.js';
import { hasTmux, TmuxTerminal } from '../cli/tmux.js';
import { temporaryFolder } from '../temporary.js';

if (!hasTmux) process.stderr.write('skipped: tests in a real terminal need tmux\n');

let directory: string;
let orders: Publication;
let received: Subscription;
let sessionId: number;

/** A driver of this process with the streams 10 and 20. */
beforeEach(async () => {
  directory = path.join(temporaryFolder(), 'aeron');
  const driver = IpcMediaDriver.start({ directory, termLength: 65_536 });
  const aeron = await Aeron.connect({ directory });
  onTestFinished(async () => {
    aeron.close();
    await driver.close();
  });
  orders = await aeron.addPublication('aeron:ipc?alias=orders', 10);
  await aeron.addPublication('aeron:ipc?alias=prices', 20);
  received = await aeron.addSubscription('aeron:ipc?alias=orders', 10);
  ({ sessionId } = orders);
});

async function ask(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await ringwire(['aeron', ...args, '-d', directory]);
  expect(code, stderr).toBe(0);
  return stdout;
}

interface Counter {
  readonly typeId: number;
  readonly label: string;
}

test('stat prints the counters of a type, a stream, a session and a label', async () => {
  const counters = async (...args: string[]) =>
    JSON.parse(await ask('stat', '--json', ...args)).counters as Counter[];
  const all = await counters();
  const types = await counters('--type', '12');
  expect(types.map(({ typeId }) => typeId)).toEqual([12, 12]);
  const stream = await counters('--stream', '20');
  expect(stream.length).toBeGreaterThan(0);
  expect(stream.every(({ label }) => / 20 aeron:ipc\?alias=prices/.test(label))).toBe(true);
  const session = await counters('--session', String(sessionId));
  expect(session.every(({ label }) => label.includes(` ${sessionId} `))).toBe(true);
  expect(session.length).toBeLessThan(all.length);
  expect((await counters('--filter', '^Bytes (sent|received)$')).map(({ label }) => label)).toEqual([
    'Bytes sent',
    'Bytes received',
  ]);
  expect(await counters('--stream', '10', '--filter', 'prices')).toEqual([]);
  const text = await ask('stat', '--type', '12', '--stream', '10');
  expect(text).toMatch(/Aeron Stat .*\n=+\n +\d+: +\d+ - pub-pos[^\n]* 10 aeron:ipc\?alias=orders\n$/);
});

test('streams and backlog take the same filters', async () => {
  const streams = JSON.parse(await ask('streams', '--json', '--stream', '10')) as { streamId: number }[];
  expect(new Set(streams.map(({ streamId }) => streamId))).toEqual(new Set([10]));
  const backlogs = JSON.parse(await ask('backlog', '--json', '--filter', 'prices$')) as {
    streamId: number;
  }[];
  expect(backlogs.map(({ streamId }) => streamId)).toEqual([20]);
  expect(JSON.parse(await ask('backlog', '--json', '--session', String(sessionId)))).toHaveLength(1);
});

test.each([
  [['--stream', 'x'], 'whole number'],
  [['--type', '-1'], 'whole number'],
  [['--filter', '('], 'regular expression'],
  [['--watch', '--interval', 'never'], 'at least 50ms'],
])('stat %j is wrong usage', async (args, reason) => {
  expect(await ringwire(['aeron', 'stat', '-d', directory, ...args])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining(reason),
  });
});

test('sizes have units', async () => {
  const driver = start([
    'aeron',
    'driver',
    '-d',
    path.join(temporaryFolder(), 'other'),
    '--term-length',
    '64K',
  ]);
  await printed(driver.stderr, 'media driver');
  const ping = ['aeron', 'ping', '-d', directory, '--length'];
  expect(await ringwire([...ping, '4K'])).toMatchObject({ code: 2, stderr: expect.stringContaining('1376') });
});

test('stat --watch without a terminal prints again and again, and ends with the signal', async () => {
  const child = start(['aeron', 'stat', '-d', directory, '--watch', '--interval', '50ms', '--json']);
  const line = await printed(child.stdout, '}\n');
  expect(JSON.parse(line.split('\n')[0] ?? '')).toMatchObject({ header: {}, counters: expect.any(Array) });
  await printed(child.stdout, '}\n');
  const ended = new Promise((resolve) => child.once('exit', (code) => resolve(code)));
  child.kill('SIGTERM');
  expect(await ended).toBe(143);
});

describe.skipIf(!hasTmux)('in a real terminal', () => {
  test.each([80, 120])('stat --watch sorts, filters, and shows details at %i columns', async (columns) => {
    const terminal = await TmuxTerminal.open(columns, 20);
    await terminal.type(`ringwire aeron stat --watch -i 100ms -d ${directory}; echo code $?`);
    await terminal.until(
      /^> +0 +0 +0 +Bytes sent$/m,
      /^ringwire aeron stat {2}sort: id {2}\d+ counters {2}heartbeat age \d+ ms/m,
      /ID +VALUE +PER SECOND +LABEL/,
    );
    await terminal.press('/');
    for (const key of 'pub-pos') await terminal.press(key);
    await terminal.press('Enter');
    await terminal.until((screen) => screen.includes('pub-pos') && !screen.includes('Bytes'));
    // Without a subscriber that polls, the publication would stop at the end of its window.
    const timer = setInterval(() => {
      orders.offer(Buffer.alloc(100));
      received.poll(() => {}, 10);
    }, 5);
    onTestFinished(() => clearInterval(timer));
    await terminal.press('s');
    // The stream with traffic comes first.
    await terminal.until(/sort: rate[\s\S]*^. +\d+ +[1-9][\d,]* +[1-9].* 10 aeron[\s\S]* 0 .* 20 aeron/m);
    await terminal.press('g');
    await terminal.press('Enter');
    await terminal.until(/last minute +[▁▂▃▄▅▆▇█]/, /counter +\d+, type 12\n/);
    await terminal.press('Escape');
    await terminal.until(/^> /m);
    await terminal.press('q');
    await terminal.until(/^code 0$/m);
    expect(await terminal.modes()).toEqual({ alternate: false, cursor: true });
  });
});
