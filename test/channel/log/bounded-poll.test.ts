/** One poll does a bounded amount of work for any content of the file. INV-READ-05 */
import fs from 'node:fs';
import { expect, it } from 'vitest';
import { ShmReader, ShmWriter, verifyChannel } from '../../../src/channel/index.js';
import { memoryFolder, temporaryFolder } from '../../temporary.js';
import { drain } from '../../writer-and-reader.js';
import { OPTIONS } from '../channel-under-test.js';

const DATA = 1024;
const WATERMARK = -4008636143n;

function poke(path: string, position: number, ...words: bigint[]): void {
  const fd = fs.openSync(path, 'r+');
  fs.writeSync(fd, Buffer.from(BigInt64Array.from(words).buffer), 0, 8 * words.length, DATA + position);
  fs.closeSync(fd);
}

/** A log of 136 MiB that is zero from its beginning. */
function zeros(): { root: string; path: string } {
  const root = temporaryFolder();
  const writer = ShmWriter.create(root, OPTIONS);
  const { path } = writer;
  const header = fs.readFileSync(path).subarray(0, DATA);
  writer.close();
  const capacity = 136 << 20;
  header.writeUInt32LE(capacity, 32);
  const fd = fs.openSync(path, 'r+');
  fs.ftruncateSync(fd, 0);
  fs.writeSync(fd, header, 0, DATA, 0);
  fs.ftruncateSync(fd, DATA + capacity + 32);
  fs.closeSync(fd);
  return { root, path };
}

it('a poll skips a million heartbeats and delivers the record after them', () => {
  const root = memoryFolder();
  const writer = ShmWriter.create(root, { ...OPTIONS, capacity: 12 << 20 });
  const end = 8 * 1_000_005;
  poke(writer.path, end, 4n, 0x6161_6161n, WATERMARK);
  poke(writer.path, 0, 0n);
  writer.detach();
  using reader = ShmReader.open(root, 9);
  expect(drain(reader, 1)).toEqual(['aaaa']);
  expect(reader.heartbeats).toBe(1_000_005);
  expect(verifyChannel(root, 9)).toMatchObject({ records: 1, heartbeats: 1_000_005, end: 'open' });
  reader.moveTo(0);
  expect(reader.moveTo(end)).toBe(end);
  expect(drain(reader)).toEqual(['aaaa']);
});

it('more than a hundred megabytes of heartbeats take more than one poll', () => {
  const { root, path } = zeros();
  const end = 130 << 20;
  poke(path, end, 4n, 0x6161_6161n, WATERMARK);
  using reader = ShmReader.open(root, 9);
  expect(reader.poll(() => {})).toBe(0);
  expect(reader.endReason).toBeNull();
  expect(drain(reader)).toEqual(['aaaa']);
  expect(reader.heartbeats).toBe(end / 8);
  expect(verifyChannel(root, 9)).toMatchObject({ records: 1, heartbeats: end / 8, end: 'open' });
});

it('a hole of more than a hundred megabytes is examined in parts and then reported as damage', () => {
  const { root } = zeros();
  using reader = ShmReader.open(root, 9);
  expect(reader.poll(() => {})).toBe(0);
  expect(reader.endReason).toBeNull();
  expect(() => reader.poll(() => {})).toThrow(expect.objectContaining({ code: 'CORRUPT_CHANNEL' }));
  expect(reader.heartbeats).toBe(0);
  expect(verifyChannel(root, 9).end).toBe('corrupt');
});
