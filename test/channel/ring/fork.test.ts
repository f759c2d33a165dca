import { expect, it } from 'vitest';
import type { RingReader } from '../../../src/channel/index.js';
import { openRing, recordOf } from './ring-under-test.js';

const PRESSED = { policy: 'back-pressure' } as const;
type Ring = ReturnType<typeof openRing>;

/** Writes until the ring is full; the writer has then announced to overwrite more than its readers allow. */
function fillUp({ writer }: Ring): void {
  while (writer.tryWrite(recordOf(writer.sequence, 56)) > 0);
}

function read(reader: RingReader, limit?: number): number[] {
  const found: number[] = [];
  reader.poll((buffer, offset) => found.push(buffer.readUInt32LE(offset)), limit);
  return found;
}

function numbers(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}

it('reads from the place of its reader in a full ring, again and again', () => {
  using ring = openRing(PRESSED);
  fillUp(ring);
  read(ring.reader, 3);
  fillUp(ring);
  const { sequence } = ring.writer;
  for (let again = 0; again < 3; again++) {
    using fork = ring.reader.fork();
    expect(read(fork)).toEqual(numbers(3, sequence));
    expect(fork.losses.records).toBe(0);
  }
  expect(ring.reader.sequence).toBe(3);
});

it('takes no slot and makes no space for the writer', () => {
  using ring = openRing(PRESSED);
  fillUp(ring);
  using fork = ring.reader.fork();
  read(fork);
  expect(ring.writer.readers).toHaveLength(1);
  expect(ring.writer.tryWrite(recordOf(0, 56))).toBeLessThan(0);
});

it('ends when its reader is past it', () => {
  using ring = openRing(PRESSED);
  fillUp(ring);
  using fork = ring.reader.fork();
  read(ring.reader);
  expect(() => fork.poll(() => expect.fail('not protected'))).toThrow(
    expect.objectContaining({ code: 'INVALID_POSITION', position: 0 }),
  );
});

it('ends as evicted when the writer evicts its reader', () => {
  using ring = openRing({ ...PRESSED, stuckReader: 'evict', stuckAfterMs: 0 });
  fillUp(ring);
  using fork = ring.reader.fork();
  while (ring.writer.tryWrite(recordOf(0, 56)) <= 0);
  expect(() => fork.poll(() => expect.fail('evicted'))).toThrow(expect.objectContaining({ code: 'EVICTED' }));
});

it('is closed with its reader, and a closed fork leaves its reader open', () => {
  using ring = openRing(PRESSED);
  fillUp(ring);
  const first = ring.reader.fork();
  const second = first.fork();
  first.close();
  expect(read(second, 1)).toEqual([0]);
  expect(read(ring.reader, 1)).toEqual([0]);
  ring.reader.close();
  expect(() => read(second)).toThrow(expect.objectContaining({ code: 'CLOSED' }));
  expect(() => ring.reader.fork()).toThrow(expect.objectContaining({ code: 'CLOSED' }));
});

it('of a ring without back pressure counts what it loses', () => {
  using ring = openRing();
  for (let n = 0; n < 4; n++) ring.writer.write(recordOf(n, 56));
  using fork = ring.reader.fork();
  for (let n = 4; n < 100; n++) ring.writer.write(recordOf(n, 56));
  const found = read(fork);
  expect(fork.losses.records).toBe(found[0]);
  expect(found.at(-1)).toBe(99);
});
