/** Every poll, and every loop of polls on an unchanging file, ends: INV-READ-01. */
import { describe, expect, it } from 'vitest';
import {
  iterateRecords,
  RingReader,
  RingView,
  RingWriter,
  recordBatches,
  verifyChannel,
} from '../../../src/channel/index.js';
import { EPOCH_MARK, HEARTBEAT_MARK, PADDING } from '../../../src/channel/ring/ring-record-layout.js';
import { tryIter } from '../../../src/kekbit/index.js';
import { memoryFolder } from '../../temporary.js';
import { openRing, RING, recordOf, ringOfMarks } from './ring-under-test.js';

const isDamaged = expect.objectContaining({ code: 'CORRUPT_CHANNEL' });
const MARKS = [
  ['heartbeats', HEARTBEAT_MARK],
  ['new epochs', EPOCH_MARK],
  ['padding', PADDING],
] as const;

describe.each(MARKS)('a ring full of %s', (_name, mark) => {
  const open = () => RingReader.open(ringOfMarks(mark), 7, { timeout: 'never' });

  it('is reported as damage after at most two laps of polls', () => {
    using reader = open();
    const pollAll = () => {
      for (let at = -1; reader.position !== at; ) {
        at = reader.position;
        expect(reader.poll(() => {})).toBe(0);
        expect(reader.position - at).toBeLessThanOrEqual(RING.capacity);
      }
    };
    expect(pollAll).toThrow(isDamaged);
    expect(reader.position).toBeLessThanOrEqual(2 * RING.capacity);
  });

  it('makes an iteration fail with damage', async () => {
    using one = open();
    await expect(iterateRecords(one).next()).rejects.toThrow(isDamaged);
    using batches = open();
    await expect(recordBatches(batches).next()).rejects.toThrow(isDamaged);
    using steps = open();
    const kinds = [...tryIter(steps)].map(({ kind }) => kind);
    expect(kinds.at(-1)).toBe('failed');
    expect(kinds.length).toBeLessThan(5);
  });

  it('is reported as damaged by verification and status', () => {
    const root = ringOfMarks(mark);
    expect(verifyChannel(root, 7)).toMatchObject({ end: 'corrupt', error: isDamaged, records: 0 });
    using view = RingView.open(root, 7);
    expect(() => view.newest()).toThrow(isDamaged);
    RingReader.open(root, 7, { from: 'newest' }).close();
    expect(() => RingWriter.resume(root, 7)).toThrow(isDamaged);
  });
});

it('one poll ends after one capacity and a run, though its handler writes more than it reads', () => {
  using ring = openRing({}, { delivery: 'in-place' });
  ring.writer.write(recordOf(0, 24));
  let sequence = 1;
  const delivered = ring.reader.poll(() => {
    for (let i = 0; i < 2 && sequence < 10_000; i++) ring.writer.write(recordOf(sequence++, 24));
  });
  expect(delivered).toBeGreaterThan(0);
  expect(delivered).toBeLessThanOrEqual((2 * RING.capacity) / 32);
  expect(ring.reader.poll(() => {}, 1)).toBe(1);
});

it('one poll skips all heartbeats before a record', () => {
  using ring = openRing({ capacity: 1 << 20 });
  for (let i = 0; i < 100_000; i++) ring.writer.heartbeat();
  ring.writer.write(recordOf(7, 24));
  expect(ring.reader.tryRead()?.readUInt32LE()).toBe(7);
  expect(ring.reader.heartbeats).toBe(100_000);
  expect(ring.reader.tryRead()).toBeNull();
});

it('a ring that is full to its last word is read in one poll', () => {
  using ring = openRing({ policy: 'back-pressure' });
  let written = 0;
  while (ring.writer.tryWrite(recordOf(written, 8)) > 0) written++;
  expect(ring.reader.poll(() => {})).toBe(written);
});

it('a reader continues at its saved position, also with heartbeats in between', () => {
  const root = memoryFolder();
  using writer = RingWriter.create(root, RING);
  using reader = RingReader.open(root, 7);
  const places: number[] = [];
  const look = () => {
    reader.poll(() => {});
    places.push(reader.position);
  };
  writer.write(recordOf(0, 24));
  for (let i = 0; i < 3; i++) {
    look();
    writer.heartbeat();
  }
  writer.write(recordOf(1, 24));
  look();
  for (const place of places) {
    using again = RingReader.open(root, 7, { from: place });
    expect(again.position).toBe(place);
    expect(again.tryRead()?.readUInt32LE()).toBe(place === places.at(-1) ? undefined : 1);
  }
});
