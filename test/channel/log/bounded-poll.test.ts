/** One poll does a bounded amount of work, whatever the file holds. INV-READ-04 */
import fs from 'node:fs';
import { expect, it } from 'vitest';
import { ShmReader, ShmWriter, verifyChannel } from '../../../src/channel/index.js';
import { memoryFolder, temporaryFolder } from '../../temporary.js';
import { drain } from '../../writer-and-reader.js';
import { OPTIONS } from '../channel-under-test.js';

const DATA = 1024;
const HEARTBEATS_PER_POLL = 2 ** 20;

function poke(path: string, position: number, word: bigint): void {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(word);
  const fd = fs.openSync(path, 'r+');
  fs.writeSync(fd, bytes, 0, 8, DATA + position);
  fs.closeSync(fd);
}

it('passes over a million heartbeats at most, and misses nothing after them', () => {
  const root = memoryFolder();
  const writer = ShmWriter.create(root, { ...OPTIONS, capacity: 24 << 20 });
  const end = 8 * (2 * HEARTBEATS_PER_POLL + 5);
  poke(writer.path, end + 8, 0x6161_6161n);
  poke(writer.path, end + 16, -4008636143n);
  poke(writer.path, end, 4n);
  poke(writer.path, 0, 0n);
  writer.detach();
  using reader = ShmReader.open(root, 9);
  for (let polls = 1; polls <= 2; polls++) {
    expect(reader.poll(() => {})).toBe(0);
    expect(reader.heartbeats).toBe(polls * HEARTBEATS_PER_POLL);
    expect(reader.endReason).toBeNull();
  }
  expect(drain(reader)).toEqual(['aaaa']);
  expect(verifyChannel(root, 9)).toMatchObject({
    records: 1,
    heartbeats: 2 * HEARTBEATS_PER_POLL + 5,
    end: 'open',
  });
  reader.moveTo(0);
  expect(reader.moveTo(end)).toBe(end);
  expect(drain(reader)).toEqual(['aaaa']);
});

it('a hole of more than a hundred megabytes is looked at in parts, and is damage in the end', () => {
  const root = temporaryFolder();
  const writer = ShmWriter.create(root, OPTIONS);
  const header = fs.readFileSync(writer.path).subarray(0, DATA);
  writer.close();
  const capacity = 136 << 20;
  header.writeUInt32LE(capacity, 32);
  const fd = fs.openSync(writer.path, 'r+');
  fs.ftruncateSync(fd, 0);
  fs.writeSync(fd, header, 0, DATA, 0);
  fs.ftruncateSync(fd, DATA + capacity + 32);
  fs.closeSync(fd);
  using reader = ShmReader.open(root, 9);
  expect(reader.poll(() => {})).toBe(0);
  expect(reader.endReason).toBeNull();
  expect(() => reader.poll(() => {})).toThrow(expect.objectContaining({ code: 'CORRUPT_CHANNEL' }));
  expect(reader.heartbeats).toBe(0);
  expect(verifyChannel(root, 9).end).toBe('corrupt');
});
