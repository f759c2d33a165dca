import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { CommandRing } from '../../src/aeron/client/conductor/command-ring.js';
import { LogBuffers } from '../../src/aeron/client/log-buffers.js';
import { Aeron, CncFile } from '../../src/aeron/index.js';
import { AeronSession } from '../../src/cli/commands/aeron/session.js';
import { linesUntilEnd } from '../../src/cli/commands/aeron/traffic.js';
import { renderCounters, renderErrors, renderLosses } from '../../src/cli/rendering/aeron-texts.js';
import { run } from '../../src/cli/run.js';
import { stop } from '../child.js';
import { finished, ringwire, start as startRingwire } from '../cli/ringwire-command.js';
import { temporaryFolder } from '../temporary.js';
import { turn } from './driver-under-test.js';
import { capture, expectation } from './vectors.js';

let directory: string;

beforeEach(() => {
  directory = path.join(temporaryFolder(), 'aeron');
});

const start = (...args: string[]) => startRingwire(['aeron', ...args, '-d', directory]);

async function ask(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await ringwire(['aeron', ...args, '-d', directory]);
  expect(code, stderr).toBe(0);
  return stdout;
}

async function startDriver() {
  const driver = start('driver', '--term-length', '65536');
  await once(driver.stderr, 'data');
  return driver;
}

test('sub prints the lines that pub publishes over a driver in a third process', async () => {
  const driver = await startDriver();
  const sub = start('sub', '-n', '3');
  let printed = '';
  sub.stdout.on('data', (chunk) => (printed += chunk));
  const pub = start('pub');
  pub.stdin.end('one\ntwo\nthree\n');
  // Behind the last output, unlike `exit`.
  await once(sub, 'close');
  expect(printed).toBe('one\ntwo\nthree\n');
  driver.kill('SIGTERM');
  expect(await once(driver, 'exit')).toEqual([143, null]);
  expect(fs.existsSync(directory)).toBe(false);
});

test('ping measures and checks round trips', async () => {
  await startDriver();
  start('pong');
  const result = JSON.parse(await ask('ping', '-n', '2000', '--json'));
  expect(result.rounds).toBe(2000);
  expect(result.p50).toBeGreaterThan(0);
  expect(result.p99).toBeGreaterThanOrEqual(result.p50);
});

test('counters, streams, backlogs, errors and losses of a live driver are printed, also as JSON', async () => {
  await startDriver();
  const sub = start('sub');
  const counters = async () => JSON.parse(await ask('stat', '--json')).counters as { label: string }[];
  while (!(await counters()).some(({ label }) => label.startsWith('client-heartbeat')))
    expect(sub.exitCode).toBe(null);
  expect((await counters())[0]).toMatchObject({ id: 0, label: 'Bytes sent', value: '0' });
  expect(await ask('stat')).toMatch(
    /Aeron Stat \(CnC v0\.2\.0\), pid \d+, heartbeat age \d+ms\n=+\n {3}0: +0 - Bytes sent\n/,
  );
  expect(JSON.parse(await ask('streams', '--json'))).toEqual([]);
  expect(JSON.parse(await ask('backlog', '--json'))).toEqual([]);
  expect(await ask('errors')).toContain('0 distinct errors observed.');
  expect(await ask('loss')).toContain('0 entries read');
});

test('the output equals that of the tools of Aeron', () => {
  fs.mkdirSync(directory);
  const put = (file: string, name: string) =>
    fs.writeFileSync(path.join(directory, file), Buffer.from(capture(name)));
  put('cnc.dat', 'cnc-fresh.dat');
  using fresh = CncFile.open(directory);
  expect(renderCounters(fresh.counters)).toBe(
    expectation('cnc-fresh.dat').aeronStatOutput.split('\n').slice(2).join('\n'),
  );
  put('loss-report.dat', 'loss-report.dat');
  expect(renderLosses(fresh.losses())).toBe(expectation('loss-report.dat').lossStatOutput);
  put('cnc.dat', 'cnc-after-commands.dat');
  using after = CncFile.open(directory);
  expect(renderErrors(after.errors())).toBe(expectation('index').errorStatOutput);
});

/** Starts `ping` and lets it measure until its pong is dead. */
async function pingWithoutPong() {
  await startDriver();
  const pong = start('pong');
  const ping = start('ping', '-n', '100000000');
  const streams = async () => JSON.parse(await ask('streams', '--json')) as { value: string; name: string }[];
  while (!(await streams()).some(({ name, value }) => name === 'sub-pos' && Number(value) > 0)) {
    expect([ping.exitCode, pong.exitCode]).toEqual([null, null]);
  }
  pong.kill('SIGKILL');
  await once(pong, 'exit');
  return ping;
}

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('a ping whose pong died ends with %s', async (signal, code) => {
  const ping = await pingWithoutPong();
  ping.kill(signal);
  expect(await once(ping, 'exit')).toEqual([code, null]);
});

test('pub that waits for a line or a subscriber, sub and pong end with SIGINT', async () => {
  await startDriver();
  const commands = [start('pub'), start('pub', '-s', '77'), start('sub'), start('pong')];
  commands[1]?.stdin.write('nobody subscribes\n');
  const clients = async () =>
    (JSON.parse(await ask('stat', '--json')).counters as { label: string }[]).filter(({ label }) =>
      label.startsWith('client-heartbeat'),
    ).length;
  while ((await clients()) < commands.length) expect(commands[0]?.exitCode).toBe(null);
  for (const command of commands) {
    command.kill('SIGINT');
    expect(await once(command, 'exit')).toEqual([130, null]);
  }
});

test('a command without a driver ends with SIGINT while it waits for one', async () => {
  onTestFinished(() => {
    process.exitCode = undefined;
  });
  const before = process.listenerCount('SIGINT');
  const ended = run([process.execPath, 'ringwire', 'aeron', 'sub', '-d', directory]);
  while (process.listenerCount('SIGINT') === before) await turn();
  process.emit('SIGINT');
  expect(await ended).toBe(130);
});

test.each(['pub', 'sub', 'ping', 'pong'])(
  '%s ends with SIGINT while it waits for the answer of a stopped driver',
  async (name) => {
    const driver = await startDriver();
    await stop(driver);
    onTestFinished(() => {
      process.exitCode = undefined;
      vi.restoreAllMocks();
    });
    const sent = new Promise<void>((resolve) => {
      const { write } = CommandRing.prototype;
      vi.spyOn(CommandRing.prototype, 'write').mockImplementation(function (this: CommandRing, ...command) {
        resolve();
        return write.apply(this, command);
      });
    });
    const ended = run([process.execPath, 'ringwire', 'aeron', name, '-d', directory]);
    await sent;
    process.emit('SIGINT');
    // Without the signal, the wait ends when the driver counts as dead, with exit code 4.
    expect(await ended).toBe(130);
  },
);

test('a command whose log an ending driver has deleted ends with code 4 and the reason', async () => {
  const driver = await startDriver();
  const written: string[] = [];
  const open = vi.spyOn(LogBuffers, 'open').mockImplementation((file, ...options) => {
    open.mockRestore();
    driver.kill('SIGTERM');
    while (fs.existsSync(file));
    return LogBuffers.open(file, ...options);
  });
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => written.push(String(text)) > 0);
  onTestFinished(() => {
    process.exitCode = undefined;
    vi.restoreAllMocks();
  });
  expect(await run([process.execPath, 'ringwire', 'aeron', 'pub', '-d', directory])).toBe(4);
  expect(written.join('')).toContain('TIMEOUT: the media driver has been shut down');
});

test('what a command does at the end of its session is done at once after that end', async () => {
  await startDriver();
  const aeron = await Aeron.connect({ directory });
  const session = new AeronSession(aeron, new AbortController().signal);
  const ends: string[] = [];
  session.onEnd(() => ends.push('before'));
  expect(ends).toEqual([]);
  aeron.close();
  session.onEnd(() => ends.push('after'));
  expect(ends).toEqual(['before', 'after']);
});

test('the lines of an input end with the session, also with one that has ended before', async () => {
  const ends: (() => void)[] = [];
  const session = { onEnd: (act: () => void) => void ends.push(act) };
  const input = new PassThrough();
  input.write('one\ntwo\n');
  const seen: string[] = [];
  for await (const line of linesUntilEnd(session, input)) {
    seen.push(line);
    if (seen.length === 2) ends[0]?.();
  }
  expect(seen).toEqual(['one', 'two']);
  const ended = { onEnd: (act: () => void) => act() };
  for await (const line of linesUntilEnd(ended, new PassThrough())) seen.push(line);
  expect(seen).toEqual(['one', 'two']);
});

test('pub, sub, ping and pong end with code 4 and the reason when the driver ends', async () => {
  const driver = await startDriver();
  const commands = ['pub', 'sub', 'pong', 'ping'].map((name) =>
    start(name, ...(name === 'ping' ? ['-s', '77'] : [])),
  );
  const ends = commands.map(finished);
  const clients = async () =>
    (JSON.parse(await ask('stat', '--json')).counters as { label: string }[]).filter(({ label }) =>
      label.startsWith('client-heartbeat'),
    ).length;
  while ((await clients()) < commands.length) expect(driver.exitCode).toBe(null);
  driver.kill('SIGTERM');
  for (const end of ends) {
    const { code, stderr } = await end;
    expect(stderr).toContain('the media driver has been shut down');
    expect(stderr).not.toMatch(/Warning|Unhandled|\(node:/);
    expect(code).toBe(4);
  }
});

test.each(['1.5', 'NaN', '2147483648', '', 'x'])('stream id "%s" is refused with exit code 2', async (id) => {
  for (const name of ['pub', 'sub', 'ping', 'pong']) {
    const { code, stderr } = await ringwire(['aeron', name, '-d', directory, '-s', id]);
    expect([code, stderr]).toEqual([2, expect.stringContaining('--stream must be a whole number')]);
  }
});

test('driver-tool prints the process id; terminate without a validator changes nothing', async () => {
  const driver = await startDriver();
  expect(await ask('driver-tool', 'pid')).toBe(`${driver.pid}\n`);
  expect(JSON.parse(await ask('driver-tool', 'pid', '--json'))).toEqual({ pid: driver.pid });
  await ask('driver-tool', 'terminate', '--token', 'please');
  expect(JSON.parse(await ask('stat', '--json')).header.pid).toBe(String(driver.pid));
});

test('control characters in labels and errors of clients are escaped', async () => {
  await startDriver();
  const aeron = await Aeron.connect({ directory });
  await aeron.addCounter(1001, 'x\u001b]0;owned\u0007');
  await expect(aeron.addPublication('aeron:\u001b[2J', 1)).rejects.toThrow('invalid channel');
  const printed = `${await ask('stat')}${await ask('errors')}`;
  aeron.close();
  expect(printed).toContain('x·]0;owned·');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be printed
  expect(printed).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
});
