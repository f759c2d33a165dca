import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import tmp from 'tmp';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CncFile } from '../../src/aeron/index.js';
import { renderCounters, renderErrors, renderLosses } from '../../src/cli/rendering/aeron-texts.js';
import { capture, expectation, haveVectors } from './vectors.js';

const MAIN = path.resolve('dist/cli/main.js');

let folder: tmp.DirResult;
let directory: string;
const children: ChildProcess[] = [];

beforeEach(() => {
  folder = tmp.dirSync({ unsafeCleanup: true });
  directory = path.join(folder.name, 'aeron');
});

afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGTERM');
    await once(child, 'exit');
  }
  folder.removeCallback();
});

function start(...args: string[]): ChildProcess {
  const child = spawn(process.execPath, [MAIN, 'aeron', ...args, '-d', directory]);
  children.push(child);
  return child;
}

function ask(...args: string[]): string {
  return execFileSync(process.execPath, [MAIN, 'aeron', ...args, '-d', directory], { encoding: 'utf8' });
}

async function startDriver(): Promise<ChildProcess> {
  const driver = start('driver', '--term-length', '65536');
  await once(driver.stderr as NodeJS.ReadableStream, 'data');
  return driver;
}

test('lines published in one process are printed by another, over a driver in a third', async () => {
  const driver = await startDriver();
  const sub = start('sub', '-n', '3');
  let printed = '';
  sub.stdout?.on('data', (chunk) => (printed += chunk));
  const pub = start('pub');
  pub.stdin?.end('one\ntwo\nthree\n');
  await once(sub, 'exit');
  expect(printed).toBe('one\ntwo\nthree\n');
  driver.kill('SIGTERM');
  expect(await once(driver, 'exit')).toEqual([143, null]);
  expect(fs.existsSync(directory)).toBe(false);
}, 30_000);

test('round trips are measured and checked', async () => {
  await startDriver();
  start('pong');
  const result = JSON.parse(ask('ping', '-n', '2000', '--json'));
  expect(result.rounds).toBe(2000);
  expect(result.p50).toBeGreaterThan(0);
  expect(result.p99).toBeGreaterThanOrEqual(result.p50);
}, 30_000);

test('counters, streams, backlogs, errors and losses of a live driver are printed, also as JSON', async () => {
  await startDriver();
  const sub = start('sub');
  const counters = () => JSON.parse(ask('stat', '--json')).counters as { label: string }[];
  while (!counters().some(({ label }) => label.startsWith('client-heartbeat')))
    expect(sub.exitCode).toBe(null);
  expect(counters()[0]).toMatchObject({ id: 0, label: 'Bytes sent', value: '0' });
  expect(ask('stat')).toMatch(
    /Aeron Stat \(CnC v0\.2\.0\), pid \d+, heartbeat age \d+ms\n=+\n {3}0: +0 - Bytes sent\n/,
  );
  expect(JSON.parse(ask('streams', '--json'))).toEqual([]);
  expect(JSON.parse(ask('backlog', '--json'))).toEqual([]);
  expect(ask('errors')).toContain('0 distinct errors observed.');
  expect(ask('loss')).toContain('0 entries read');
}, 30_000);

test.skipIf(!haveVectors)('the texts are those of the original tools', () => {
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
