/** Observers are listed and apply no back pressure. */
import fs from 'node:fs';
import { expect, it } from 'vitest';
import { channelPaths, RingReader, RingView, RingWriter } from '../../../src/channel/index.js';
import { memoryFolder } from '../../temporary.js';
import { openRing, RING } from './ring-under-test.js';

const WORD = Buffer.from('a word');

function fill(writer: RingWriter, records: number): void {
  for (let i = 0; i < records; i++) writer.write(WORD);
}

it('a named reader of an overwrite ring is listed with its position and losses', () => {
  using ring = openRing({}, { name: 'slow' });
  using view = RingView.open(ring.root, 7);
  fill(ring.writer, 3);
  ring.reader.tryRead();
  const { position } = view.newest();
  expect(view.readers(position)).toEqual([
    {
      slot: 31,
      name: 'slow',
      pid: process.pid,
      position: 16,
      state: 'observing',
      laps: 0,
      lost: 0,
      lag: 32,
      alive: true,
    },
  ]);
  fill(ring.writer, 200);
  while (ring.reader.tryRead() !== null);
  const { losses: laps } = ring.reader;
  expect(laps.records).toBeGreaterThan(0);
  expect(view.readers(view.newest().position)).toMatchObject([
    { laps: laps.losses, lost: laps.records, lag: 0 },
  ]);
});

it('INV-SLOT-04: a named observer does not block a back-pressured writer', () => {
  using ring = openRing({ policy: 'back-pressure' }, { observe: true, name: 'onlooker' });
  expect(ring.writer.readers).toMatchObject([{ state: 'observing', name: 'onlooker' }]);
  fill(ring.writer, 500);
  using registered = RingReader.open(ring.root, 7, { name: 'held' });
  expect(ring.writer.readers.map(({ state, name, slot }) => [slot, state, name])).toEqual([
    [0, 'active', 'held'],
    [31, 'observing', 'onlooker'],
  ]);
  while (ring.writer.tryWrite(WORD) > 0);
  expect(registered.tryRead()).toEqual(WORD);
});

it('INV-SLOT-04: sixteen observers are listed, further ones read unlisted, and registered readers find a slot', () => {
  using ring = openRing({ policy: 'back-pressure' }, { observe: true });
  const observers = Array.from({ length: 20 }, () =>
    RingReader.open(ring.root, 7, { observe: true, name: 'o' }),
  );
  expect(ring.writer.readers).toHaveLength(16);
  const registered = Array.from({ length: 16 }, () => RingReader.open(ring.root, 7));
  expect(() => RingReader.open(ring.root, 7)).toThrow(expect.objectContaining({ code: 'NO_READER_SLOT' }));
  for (const reader of [...observers, ...registered]) reader.close();
  expect(ring.writer.readers).toEqual([]);
});

it('a registered reader can reuse the slot of an observer and blocks the writer', () => {
  using ring = openRing({ policy: 'back-pressure' }, { observe: true, name: 'first' });
  ring.reader.close();
  const readers = Array.from({ length: 32 }, () => RingReader.open(ring.root, 7));
  expect(ring.writer.readers.every(({ state }) => state === 'active')).toBe(true);
  for (const reader of readers.slice(0, 31)) reader.close();
  while (ring.writer.tryWrite(WORD) > 0);
  expect(ring.writer.tryWrite(WORD)).toBe(-2);
  readers.at(-1)?.close();
});

it('a view finds oldest and newest, of a new, a wrapped and a closed ring', () => {
  const root = memoryFolder();
  const writer = RingWriter.create(root, RING);
  using view = RingView.open(root, 7);
  expect(view.oldest()).toEqual({ position: 0, sequence: 0 });
  expect(view.newest()).toEqual({ position: 0, sequence: 0, closed: false });
  fill(writer, 1000);
  expect(view.newest()).toEqual({ position: writer.writeOffset, sequence: 1000, closed: false });
  const { position, sequence } = view.oldest();
  expect(position).toBe(writer.writeOffset - (1000 - sequence) * 16);
  expect(writer.writeOffset - position).toBeGreaterThan(RING.capacity / 2);
  expect(view).toMatchObject({ epoch: 0, writerAlive: true, owner: { pid: process.pid } });
  writer.close();
  expect(view.newest().closed).toBe(true);
  expect(view.writerAlive).toBe(false);
});

it('starts after the newest record, with any number of heartbeats before it', () => {
  const root = memoryFolder();
  using writer = RingWriter.create(root, { ...RING, capacity: 65_536 });
  for (let i = 0; i < 300; i++) writer.heartbeat();
  fill(writer, 2);
  for (let i = 0; i < 100; i++) writer.heartbeat();
  using reader = RingReader.open(root, 7, { from: 'newest' });
  expect([reader.position, reader.sequence]).toEqual([writer.writeOffset, 2]);
});

it('a dead observer is no longer listed, and not confused with its successor', () => {
  using ring = openRing({}, { name: 'steady' });
  fill(ring.writer, 20);
  ring.reader.tryRead();
  const { file } = channelPaths(ring.root, 7);
  using view = RingView.open(ring.root, 7);
  // What a reader leaves that was killed: its slot as it was, and no lock.
  const fd = fs.openSync(file, 'r+');
  const slot = Buffer.alloc(256);
  fs.readSync(fd, slot, 0, 256, 4096 + 31 * 256);
  fs.writeSync(fd, slot, 0, 256, 4096 + 30 * 256);
  fs.closeSync(fd);
  expect(view.readers(320).map(({ slot }) => slot)).toEqual([31]);
  using next = RingReader.open(ring.root, 7, { name: 'next', from: 'newest' });
  expect(view.readers(320).map(({ slot, name, position }) => [slot, name, position])).toEqual([
    [31, 'steady', 16],
    [30, 'next', next.position],
  ]);
});
