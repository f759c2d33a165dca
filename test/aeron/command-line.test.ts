import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { CncFile } from '../../src/aeron/index.js';
import { renderCounters, renderErrors, renderLosses } from '../../src/cli/rendering/aeron-texts.js';
import { ringwire, start as startRingwire } from '../cli/ringwire-command.js';
import { temporaryFolder } from '../temporary.js';
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

test('lines published in one process are printed by another, over a driver in a third', async () => {
  const driver = await startDriver();
  const sub = start('sub', '-n', '3');
  let printed = '';
  sub.stdout.on('data', (chunk) => (printed += chunk));
  const pub = start('pub');
  pub.stdin.end('one\ntwo\nthree\n');
  await once(sub, 'exit');
  expect(printed).toBe('one\ntwo\nthree\n');
  driver.kill('SIGTERM');
  expect(await once(driver, 'exit')).toEqual([143, null]);
  expect(fs.existsSync(directory)).toBe(false);
});

test('round trips are measured and checked', async () => {
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

test('the texts are those of the original tools', () => {
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
