import fs from 'node:fs';
import { expect, test } from 'vitest';
import {
  channelKind,
  channelPaths,
  openReader,
  ShmReader,
  ShmWriter,
  verifyChannel,
} from '../../src/channel/index.js';
import { temporaryFolder } from '../temporary.js';
import { bytesOf, CHANNEL, die, EXAMPLE, fileOf, poke, shorten, word } from './log/example-channel.js';

function writeSome(root: string): ShmWriter {
  const writer = ShmWriter.create(root, EXAMPLE);
  writer.write(Buffer.from('12345'));
  writer.heartbeat();
  writer.write(Buffer.alloc(100));
  return writer;
}

test('a report counts records, heartbeats and bytes, and distinguishes open from closed', () => {
  const root = temporaryFolder();
  const writer = writeSome(root);
  const expected = { records: 2, heartbeats: 1, payloadBytes: 105, position: 16 + 8 + 112, error: null };
  expect(verifyChannel(root, CHANNEL)).toMatchObject({
    ...expected,
    end: 'open',
    writer: 'alive',
    layout: 'full',
    fileLength: 1024 + 16_384 + 32,
    lastRecord: { position: 24, length: 100 },
    owner: { pid: process.pid },
    header: { channelId: 7n },
    channelId: 7n,
    path: fileOf(root),
  });
  writer.close();
  expect(verifyChannel(root, CHANNEL)).toMatchObject({ ...expected, end: 'closed', writer: 'dead' });
});

test('a channel without space for a record is full', () => {
  const root = temporaryFolder();
  using writer = ShmWriter.create(root, EXAMPLE);
  while (writer.available >= 8) writer.heartbeat();
  expect(verifyChannel(root, CHANNEL)).toMatchObject({ end: 'full', heartbeats: 2046, position: 16_368 });
});

test('damage is reported with its position, after all the records before it', () => {
  const root = temporaryFolder();
  writeSome(root).close();
  poke(root, 24, word(0x7777n));
  expect(verifyChannel(root, CHANNEL)).toMatchObject({
    records: 1,
    heartbeats: 1,
    position: 24,
    end: 'corrupt',
    error: { code: 'CORRUPT_CHANNEL', position: 24, word: 0x7777n },
  });
});

test('a shortened file is reported as truncated, without a check of its lock', () => {
  const root = temporaryFolder();
  writeSome(root).close();
  fs.truncateSync(fileOf(root), 1024 + 30);
  expect(verifyChannel(root, CHANNEL)).toMatchObject({
    records: 1,
    end: 'truncated',
    layout: 'other',
    writer: 'unknown',
    error: { code: 'STORAGE_TRUNCATED' },
  });
});

test.each([128, 160] as const)('recognizes the layout of a kekbit file (%i)', (footer) => {
  const root = temporaryFolder();
  writeSome(root).close();
  shorten(root, footer);
  expect(verifyChannel(root, CHANNEL)).toMatchObject({
    layout: `short-${footer}`,
    end: 'closed',
    records: 2,
    writer: 'unknown',
  });
});

test('an unreadable channel is reported without throwing', () => {
  const root = temporaryFolder();
  const codeOf = () => {
    const { end, error, header } = verifyChannel(root, CHANNEL);
    expect({ end, header }).toEqual({ end: 'unreadable', header: null });
    return error?.code;
  };
  expect(codeOf()).toBe('STORAGE_NOT_FOUND');
  writeSome(root).close();
  const { lock } = channelPaths(root, CHANNEL);
  fs.writeFileSync(lock, '');
  expect(codeOf()).toBe('STORAGE_NOT_READY');
  fs.rmSync(lock);
  poke(root, -1024, Buffer.from('no'));
  expect(codeOf()).toBe('INVALID_SIGNATURE');
  fs.truncateSync(fileOf(root), 0);
  expect(codeOf()).toBe('STORAGE_TRUNCATED');
});

test('verification leaves every byte and the times of the file unchanged', () => {
  const root = temporaryFolder();
  writeSome(root).close();
  poke(root, 24, word(0x7777n));
  const before = bytesOf(root);
  const { mtimeNs } = fs.statSync(fileOf(root), { bigint: true });
  verifyChannel(root, CHANNEL);
  expect(bytesOf(root).equals(before)).toBe(true);
  expect(fs.statSync(fileOf(root), { bigint: true }).mtimeNs).toBe(mtimeNs);
});

test('a long verification reports its progress', () => {
  const root = temporaryFolder();
  const writer = ShmWriter.create(root, { ...EXAMPLE, capacity: 8 << 20 });
  for (let i = 0; i < 200_000; i++) writer.write(Buffer.from('x'));
  die(root, writer);
  const told: number[] = [];
  const report = verifyChannel(root, CHANNEL, {
    onProgress: (position, capacity) => told.push(position / capacity),
  });
  expect(report.records).toBe(200_000);
  expect(told.length).toBeGreaterThan(2);
  expect(told).toEqual([...told].sort((a, b) => a - b));
});

test('openReader opens a log; a channel of a newer version is refused', () => {
  const root = temporaryFolder();
  writeSome(root).close();
  expect(channelKind(root, CHANNEL)).toBe('log');
  const reader = openReader(root, CHANNEL);
  expect(reader).toBeInstanceOf(ShmReader);
  expect(reader.tryRead()?.toString()).toBe('12345');
  reader.close();
  poke(root, -1024 + 8, word(0x0009_0000_0000_0000n));
  expect(channelKind(root, CHANNEL)).toBe('log');
  expect(() => openReader(root, CHANNEL)).toThrow(expect.objectContaining({ code: 'INCOMPATIBLE_VERSION' }));
});
