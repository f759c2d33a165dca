import fs from 'node:fs';
import { expect, test } from 'vitest';
import { channelPaths, observeChannel, ShmWriter, scanChannel, TickUnit } from '../../src/channel/index.js';
import { MEASURES } from '../size.js';
import { temporaryFolder } from '../temporary.js';
import { CHANNEL, die, EXAMPLE, fileOf, poke, shorten } from './log/example-channel.js';

const stateOf = (root: string) => scanChannel(root, CHANNEL).state;

test('reports alive while the lock is held, and closed after close', () => {
  const root = temporaryFolder();
  const writer = ShmWriter.create(root, EXAMPLE);
  expect(stateOf(root)).toBe('alive');
  writer.close();
  expect(stateOf(root)).toBe('closed');
});

test('reports dead for an open channel without a held lock', () => {
  const root = temporaryFolder();
  die(root, ShmWriter.create(root, EXAMPLE));
  expect(stateOf(root)).toBe('dead');
});

test('reports a file without a lock as alive', () => {
  const root = temporaryFolder();
  die(root, ShmWriter.create(root, EXAMPLE));
  shorten(root, 160);
  expect(scanChannel(root, CHANNEL)).toMatchObject({ state: 'alive', writer: 'unknown' });
});

test('reports missing, not ready and damaged channels', () => {
  const root = temporaryFolder();
  expect(stateOf(root)).toBe('missing');
  ShmWriter.create(root, EXAMPLE).close();
  const { lock } = channelPaths(root, CHANNEL);
  fs.writeFileSync(lock, '');
  expect(stateOf(root)).toBe('not-ready');
  fs.rmSync(lock);
  poke(root, 0, Buffer.alloc(8, 0x55));
  expect(stateOf(root)).toBe('damaged');
  fs.truncateSync(fileOf(root), 100);
  expect(stateOf(root)).toBe('damaged');
});

test('reports a folder in place of a channel as unreadable', () => {
  const root = temporaryFolder();
  fs.mkdirSync(fileOf(root), { recursive: true });
  expect(stateOf(root)).toBe('unreadable');
});

const QUICK = { ...EXAMPLE, timeout: 60, tickUnit: TickUnit.Millis };

test('reports late only after a silent observation for the whole timeout', async () => {
  const root = temporaryFolder();
  using writer = ShmWriter.create(root, QUICK);
  writer.heartbeat();
  expect(stateOf(root)).toBe('alive');
  expect((await observeChannel(root, CHANNEL, { observeMs: 10 })).state).toBe('alive');
  expect((await observeChannel(root, CHANNEL)).state).toBe('late');
});

test('a writer that publishes is not late, and the observation ends early', async () => {
  const root = temporaryFolder();
  using writer = ShmWriter.create(root, { ...QUICK, timeout: 60_000 });
  const beat = setInterval(() => writer.heartbeat(), 5);
  const started = performance.now();
  try {
    expect((await observeChannel(root, CHANNEL)).state).toBe('alive');
  } finally {
    clearInterval(beat);
  }
  if (MEASURES) expect(performance.now() - started).toBeLessThan(30_000);
});

test('a writer that closes or dies during an observation is closed or dead', async () => {
  const root = temporaryFolder();
  const writer = ShmWriter.create(root, { ...QUICK, timeout: 60_000 });
  const observed = observeChannel(root, CHANNEL);
  setImmediate(() => writer.close());
  expect((await observed).state).toBe('closed');
});

test('an observation of a channel without a timeout returns at once', async () => {
  const root = temporaryFolder();
  using _writer = ShmWriter.create(root, { ...QUICK, timeout: 0xffff_ffff_ffff_ffffn });
  expect((await observeChannel(root, CHANNEL)).state).toBe('alive');
});

test('a signal aborts an observation', async () => {
  const root = temporaryFolder();
  using _writer = ShmWriter.create(root, { ...QUICK, timeout: 60_000 });
  await expect(observeChannel(root, CHANNEL, { signal: AbortSignal.timeout(20) })).rejects.toMatchObject({
    name: 'AbortError',
  });
});
