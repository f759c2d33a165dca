import { expect, it } from 'vitest';
import { RingReader, RingWriter, WriteResult } from '../../../src/channel/index.js';
import { codeOf } from '../../error-code.js';
import { memoryFolder } from '../../temporary.js';
import { openRing, RING, recordOf } from './ring-under-test.js';

it('a refused move leaves the records of a registered reader protected', () => {
  using ring = openRing({ policy: 'back-pressure' });
  const { writer, reader } = ring;
  // More than one step of the intent: a checkpoint lies after the place of the reader.
  let written = 0;
  while (writer.tryWrite(recordOf(written, 24)) > 0) written++;
  expect(codeOf(() => reader.moveTo(writer.writeOffset - 8))).toBe('INVALID_POSITION');
  expect(reader.position).toBe(0);
  expect(writer.tryWrite(recordOf(written, 24))).toBe(WriteResult.BackPressured);
  const seen: number[] = [];
  reader.poll((buffer, offset) => seen.push(buffer.readUInt32LE(offset)));
  expect(seen).toEqual(Array.from({ length: written }, (_, sequence) => sequence));
});

it('a reader may be closed in onLoss during a poll', () => {
  const root = memoryFolder();
  using writer = RingWriter.create(root, RING);
  let closed = 0;
  const reader: RingReader = RingReader.open(root, 7, {
    onLoss: () => {
      closed++;
      reader.close();
    },
  });
  for (let i = 0; i < 200; i++) writer.write(recordOf(i, 24));
  expect(reader.poll(() => {})).toBe(0);
  expect(closed).toBe(1);
  expect(codeOf(() => reader.poll(() => {}))).toBe('CLOSED');
});

it('a reader may be moved in onLoss during a poll', () => {
  const root = memoryFolder();
  using writer = RingWriter.create(root, RING);
  let target = -1;
  using reader: RingReader = RingReader.open(root, 7, {
    onLoss: () => {
      reader.moveTo(target);
    },
  });
  for (let i = 0; i < 200; i++) writer.write(recordOf(i, 24));
  target = writer.writeOffset;
  writer.write(recordOf(200, 24));
  const seen: number[] = [];
  reader.poll((buffer, offset) => seen.push(buffer.readUInt32LE(offset)));
  expect(seen).toEqual([200]);
  expect(reader.sequence).toBe(201);
});

it('moves to each sequence number that the ring contains, and refuses others', () => {
  using ring = openRing({ capacity: 4096 });
  const { writer, root } = ring;
  for (let i = 0; i < 300; i++) writer.write(recordOf(i, 24));
  using reader = RingReader.open(root, 7);
  const oldest = reader.sequence;
  expect(oldest).toBeGreaterThan(0);
  for (let sequence = oldest; sequence <= 300; sequence++) {
    const position = reader.moveToSequence(sequence);
    expect([reader.sequence, reader.position]).toEqual([sequence, position]);
    expect(reader.tryRead()?.readUInt32LE()).toBe(sequence === 300 ? undefined : sequence);
  }
  reader.moveToSequence(oldest + 1);
  for (const sequence of [-1, 0.5, 0, 301, Number.NaN]) {
    expect(codeOf(() => reader.moveToSequence(sequence))).toBe('INVALID_POSITION');
    expect(reader.sequence).toBe(oldest + 1);
  }
});

it('a registered reader that moves back to a sequence number is protected there', () => {
  using ring = openRing({ capacity: 4096, policy: 'back-pressure' });
  const { writer, reader } = ring;
  let written = 0;
  while (written < 20) writer.write(recordOf(written++, 24));
  const seen: number[] = [];
  reader.poll((buffer, offset) => seen.push(buffer.readUInt32LE(offset)), 15);
  reader.moveToSequence(2);
  while (writer.tryWrite(recordOf(written, 24)) > 0) written++;
  expect(written).toBeLessThan(2 + 4096 / 32);
  seen.length = 0;
  reader.poll((buffer, offset) => seen.push(buffer.readUInt32LE(offset)));
  expect(seen).toEqual(Array.from({ length: written - 2 }, (_, i) => i + 2));
});
