import { expect, it } from 'vitest';
import { RingReader, RingWriter, WriteResult } from '../../../src/channel/index.js';
import { ManualClock } from '../../../src/platform/index.js';
import { memoryFolder } from '../../temporary.js';
import { RingProcess } from './ring-processes.js';
import { openRing, RING, recordOf } from './ring-under-test.js';

const PRESSED = { policy: 'back-pressure' } as const;

function fillUp(writer: RingWriter): number {
  let count = 0;
  while (writer.tryWrite(recordOf(count, 56)) > 0) count++;
  return count;
}

it('blocks the writer until the slowest reader has moved', () => {
  using ring = openRing(PRESSED);
  using slow = RingReader.open(ring.root, 7);
  const count = fillUp(ring.writer);
  expect(count).toBe(Math.floor((1024 - 8) / 64));
  expect(ring.writer.tryWrite(recordOf(0, 56))).toBe(WriteResult.BackPressured);
  expect(ring.reader.poll(() => {})).toBe(count);
  expect(ring.writer.tryWrite(recordOf(0, 56))).toBe(WriteResult.BackPressured);
  expect(slow.poll(() => {}, 1)).toBe(1);
  expect(ring.writer.tryWrite(recordOf(0, 56))).toBe(64);
  expect(ring.writer.tryWrite(recordOf(0, 56))).toBe(WriteResult.BackPressured);
});

it('names the blocking reader in the error of write', () => {
  using ring = openRing(PRESSED, { name: 'slow one' });
  fillUp(ring.writer);
  expect(() => ring.writer.write(recordOf(0, 56))).toThrow(
    expect.objectContaining({ code: 'BACK_PRESSURED', message: expect.stringContaining("'slow one'") }),
  );
});

it('does not wait for observers, and laps them', () => {
  using ring = openRing(PRESSED, { observe: true });
  for (let i = 0; i < 100; i++) expect(ring.writer.tryWrite(recordOf(i, 56))).toBeGreaterThan(0);
  let read = ring.reader.poll(() => {});
  for (let more = 1; more > 0; read += more) more = ring.reader.poll(() => {});
  expect(read + ring.reader.losses.records).toBe(100);
  expect(ring.reader.losses.records).toBeGreaterThan(0);
});

it('does not wait for a closed reader', () => {
  using ring = openRing(PRESSED);
  fillUp(ring.writer);
  ring.reader.close();
  expect(ring.writer.tryWrite(recordOf(0, 56))).toBe(64);
  expect(ring.writer.readers).toEqual([]);
});

it('evicts a dead reader at once', async () => {
  const root = memoryFolder();
  using writer = RingWriter.create(root, { ...RING, ...PRESSED });
  const reader = new RingProcess('verified-reader', { root, most: 56, name: 'mortal' });
  await reader.ready();
  expect(writer.readers).toMatchObject([{ name: 'mortal', pid: reader.process.pid, state: 'active' }]);
  await reader.kill('SIGSTOP');
  fillUp(writer);
  expect(writer.tryWrite(recordOf(0, 56))).toBe(WriteResult.BackPressured);
  await reader.kill('SIGKILL');
  await expect.poll(() => writer.tryWrite(recordOf(0, 56)), { timeout: 120_000 }).toBe(64);
  expect(writer.readers).toEqual([]);
});

it('evicts a live reader that does not move, after stuckAfterMs, and the reader reports it', () => {
  const clock = new ManualClock();
  using ring = openRing({ ...PRESSED, stuckReader: 'evict', stuckAfterMs: 500, clock });
  const count = fillUp(ring.writer);
  clock.advance(499);
  expect(ring.writer.tryWrite(recordOf(0, 56))).toBe(WriteResult.BackPressured);
  clock.advance(10);
  expect(ring.writer.tryWrite(recordOf(0, 56))).toBe(64);
  expect(ring.writer.readers).toMatchObject([{ state: 'evicted' }]);
  expect(() => ring.reader.poll(() => expect.fail('evicted'))).toThrow(
    expect.objectContaining({ code: 'EVICTED', position: 0 }),
  );
  expect(ring.reader.poll(() => {})).toBe(0);
  expect(ring.reader.endReason?.code).toBe('EVICTED');
  using again = RingReader.open(ring.root, 7);
  expect(again.sequence).toBeLessThan(count);
});

it('does not evict a slow reader that moves', () => {
  const clock = new ManualClock();
  using ring = openRing({ ...PRESSED, stuckReader: 'evict', stuckAfterMs: 500, clock });
  fillUp(ring.writer);
  for (let i = 0; i < 20; i++) {
    clock.advance(400);
    expect(ring.writer.tryWrite(recordOf(0, 56))).toBe(WriteResult.BackPressured);
    expect(ring.reader.poll(() => {}, 1)).toBe(1);
    expect(ring.writer.tryWrite(recordOf(0, 56))).toBeGreaterThan(0);
  }
  expect(ring.reader.endReason).toBeNull();
});

it('returns ReaderStuck with the policy fail, and waits without limit with the policy wait', () => {
  for (const stuckReader of ['fail', 'wait'] as const) {
    const clock = new ManualClock();
    using ring = openRing({ ...PRESSED, stuckReader, stuckAfterMs: 500, clock });
    fillUp(ring.writer);
    clock.advance(1_000_000);
    const expected = stuckReader === 'fail' ? WriteResult.ReaderStuck : WriteResult.BackPressured;
    expect(ring.writer.tryWrite(recordOf(0, 56))).toBe(expected);
    expect(ring.reader.poll(() => {})).toBeGreaterThan(0);
    clock.advance(10);
    expect(ring.writer.tryWrite(recordOf(0, 56))).toBe(64);
  }
});

it('accepts 32 readers, refuses the next, and accepts another after one has closed', () => {
  using ring = openRing(PRESSED);
  const readers = Array.from({ length: 31 }, () => RingReader.open(ring.root, 7));
  expect(() => RingReader.open(ring.root, 7)).toThrow(expect.objectContaining({ code: 'NO_READER_SLOT' }));
  readers.pop()?.close();
  readers.push(RingReader.open(ring.root, 7));
  for (const reader of readers) reader.close();
});

it('lets the writer of a full ring sleep on the space bell until space is free', async () => {
  using ring = openRing(PRESSED);
  fillUp(ring.writer);
  const announced = ring.writer.spaceAvailable.announce();
  const woken = ring.writer.spaceAvailable.sleepAsync(announced, 200);
  ring.reader.poll(() => {});
  await woken;
  expect(ring.writer.tryWrite(recordOf(0, 56))).toBe(64);
});
