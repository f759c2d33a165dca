import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { DurableCursor, RingReader, RingWriter } from '../../../src/channel/index.js';
import { memoryFolder, temporaryFolder } from '../../temporary.js';
import { RingProcess } from '../ring/ring-processes.js';
import { openRing, RING, recordOf } from '../ring/ring-under-test.js';

const CHANNEL = { creationTime: 77n };

it('a cursor returns the last saved position', () => {
  const file = path.join(temporaryFolder(), 'cursor');
  for (let i = 0; i < 5; i++) {
    using cursor = DurableCursor.open(file, CHANNEL);
    expect(cursor.saved).toEqual(i === 0 ? null : { position: 8 * i, sequence: i, userValue: 3 * i });
    cursor.save({ position: 1, sequence: 1 });
    cursor.save({ position: 8 * (i + 1), sequence: i + 1, userValue: 3 * (i + 1) });
  }
});

it('a save that is torn at any byte leaves the old or the new position', () => {
  const file = path.join(temporaryFolder(), 'cursor');
  const cursor = DurableCursor.open(file, CHANNEL);
  cursor.save({ position: 800, sequence: 10, userValue: 1 });
  cursor.save({ position: 1600, sequence: 20, userValue: 2 });
  const before = fs.readFileSync(file);
  cursor.save({ position: 2400, sequence: 30, userValue: 3 });
  const after = fs.readFileSync(file);
  cursor.close();
  for (let torn = 0; torn <= after.length; torn++) {
    fs.writeFileSync(file, Buffer.concat([after.subarray(0, torn), before.subarray(torn)]));
    const { place, close } = (() => {
      const opened = DurableCursor.open(file, CHANNEL);
      return { place: opened.saved, close: () => opened.close() };
    })();
    close();
    expect([20, 30]).toContain(place?.sequence);
    expect(place?.position).toBe((place?.sequence as number) * 80);
  }
});

it('refuses the cursor of another channel', () => {
  const file = path.join(temporaryFolder(), 'cursor');
  const cursor = DurableCursor.open(file, CHANNEL);
  cursor.save({ position: 8, sequence: 1 });
  cursor.close();
  expect(() => DurableCursor.open(file, { creationTime: 78n })).toThrow(
    expect.objectContaining({ code: 'INVALID_POSITION' }),
  );
});

it('a closed cursor refuses to save and flush, and may be closed again', () => {
  const cursor = DurableCursor.open(path.join(temporaryFolder(), 'cursor'), CHANNEL);
  cursor.close();
  cursor.close();
  const isClosed = expect.objectContaining({ code: 'CLOSED' });
  expect(() => cursor.save({ position: 8, sequence: 1 })).toThrow(isClosed);
  expect(() => cursor.flush()).toThrow(isClosed);
});

describe('one reader at a time uses a cursor. INV-CURSOR-02', () => {
  const isBusy = expect.objectContaining({
    code: 'CURSOR_IN_USE',
    message: expect.stringContaining('close that one'),
  });

  it('refuses a second cursor in the same process until the first is closed', () => {
    const file = path.join(temporaryFolder(), 'cursor');
    const first = DurableCursor.open(file, CHANNEL);
    expect(() => DurableCursor.open(file, CHANNEL)).toThrow(isBusy);
    first.save({ position: 8, sequence: 1 });
    expect(DurableCursor.peek(file, CHANNEL)).toEqual({ position: 8, sequence: 1, userValue: 0 });
    first.close();
    using second = DurableCursor.open(file, CHANNEL);
    expect(second.saved).toEqual({ position: 8, sequence: 1, userValue: 0 });
  });

  it('refuses a second process until the first is killed, and then continues at its position', async () => {
    const file = path.join(temporaryFolder(), 'cursor');
    const first = new RingProcess('cursor-holder', { file });
    await first.ready();
    expect(() => DurableCursor.open(file, CHANNEL)).toThrow(isBusy);
    expect(() => DurableCursor.remove(file)).toThrow(isBusy);
    await first.kill('SIGKILL');
    using second = DurableCursor.open(file, CHANNEL);
    expect(second.saved).toEqual({ position: 16, sequence: 2, userValue: 0 });
  });

  it('releases the cursor although a child process was started meanwhile', async () => {
    const file = path.join(temporaryFolder(), 'cursor');
    const first = DurableCursor.open(file, CHANNEL);
    const other = new RingProcess('cursor-holder', { file: `${file}.other` });
    await other.ready();
    expect(() => DurableCursor.open(file, CHANNEL)).toThrow(isBusy);
    first.close();
    expect(() => DurableCursor.open(file, CHANNEL).close()).not.toThrow();
    await other.kill();
  });

  it('holds no lock after refusing a cursor of another channel', () => {
    const file = path.join(temporaryFolder(), 'cursor');
    {
      using cursor = DurableCursor.open(file, CHANNEL);
      cursor.save({ position: 8, sequence: 1 });
    }
    expect(() => DurableCursor.open(file, { creationTime: 78n })).toThrow();
    using again = DurableCursor.open(file, CHANNEL);
    expect(again.saved).toMatchObject({ position: 8, sequence: 1 });
  });

  it('removes a cursor only while it is not open', () => {
    const file = path.join(temporaryFolder(), 'cursor');
    expect(DurableCursor.remove(file)).toBe(false);
    const cursor = DurableCursor.open(file, CHANNEL);
    expect(() => DurableCursor.remove(file)).toThrow(isBusy);
    cursor.close();
    expect(DurableCursor.remove(file)).toBe(true);
    expect(fs.existsSync(file)).toBe(false);
  });
});

it('a reader that continues at an overwritten position counts its loss exactly', () => {
  using ring = openRing();
  for (let i = 0; i < 3; i++) ring.writer.write(recordOf(i, 24));
  ring.reader.poll(() => {}, 2);
  const { position, sequence } = ring.reader;
  for (let i = 3; i < 90; i++) ring.writer.write(recordOf(i, 24));
  using again = RingReader.open(ring.root, 7, { from: { position, sequence } });
  const first = again.tryRead()?.readUInt32LE();
  expect(first).toBe(2 + again.losses.records);
  expect(again.losses.records).toBeGreaterThan(0);
});

it('a reader that is killed repeatedly writes each record to its output once', async () => {
  const root = memoryFolder();
  const output = path.join(temporaryFolder(), 'output');
  const writer = RingWriter.create(root, { ...RING, capacity: 1 << 20 });
  let sequence = 0;
  const write = (count: number) => {
    for (let i = 0; i < count; i++, sequence++) writer.write(recordOf(sequence, 16));
  };
  for (let kill = 0; kill < 10; kill++) {
    const reader = new RingProcess('cursor-reader', { root, output });
    await reader.ready();
    for (let i = 0; i < 8; i++) {
      write(100);
      await new Promise((resolve) => setTimeout(resolve, 1 + ((kill * 7) % 5)));
    }
    await reader.kill();
  }
  write(1000);
  writer.close();
  const last = new RingProcess('cursor-reader', { root, output });
  expect((await last.done()).lost).toBe(0);
  const lines = fs.readFileSync(output, 'utf8').trimEnd().split('\n').map(Number);
  expect(lines).toEqual(Array.from({ length: sequence }, (_, i) => i));
});
