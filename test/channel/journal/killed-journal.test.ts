/**
 * Real processes and SIGKILL: readers are restarted repeatedly with their cursor, writers die during rolls.
 * The output contains each record once. The long size sends 9.9 GB through a retention of 256 MB.
 */
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { JournalReader, verifyJournal } from '../../../src/channel/index.js';
import { journalPaths, listSegments } from '../../../src/channel/journal/journal-path.js';
import { MessageProcess } from '../../message-process.js';
import { SIZE, sized } from '../../size.js';
import { memoryFolder, temporaryFolder } from '../../temporary.js';

const script = (name: string) => new URL(`./processes/${name}.mjs`, import.meta.url);

/** The numbers in an output, checked: ascending by one, each once. @returns how many */
function checkedCount(output: string, first = 0): number {
  const bytes = fs.readFileSync(output);
  expect(bytes.length % 4).toBe(0);
  const count = bytes.length / 4;
  for (let i = 0; i < count; i++) {
    if (bytes.readUInt32LE(4 * i) !== first + i) expect(bytes.readUInt32LE(4 * i)).toBe(first + i);
  }
  return count;
}

const LONG = SIZE === 'long';
const STREAM = sized({
  test: { count: 16_000, bytes: 30e6, most: 4096, capacity: 1 << 20, maxBytes: 4 << 20, restarts: 4 },
  all: { count: 48_000, bytes: 95e6, most: 4096, capacity: 1 << 20, maxBytes: 4 << 20, restarts: 10 },
  long: { count: 2_400_000, bytes: 9.5e9, most: 8192, capacity: 16 << 20, maxBytes: 256 << 20, restarts: 50 },
});

it('a stream longer than its retention keeps content and order, and a repeatedly killed reader writes each record once', {
  timeout: LONG ? 1_800_000 : 300_000,
}, async () => {
  const { count, most, capacity, maxBytes, restarts } = STREAM;
  const root = memoryFolder();
  const output = path.join(LONG ? memoryFolder() : temporaryFolder(), 'output');
  const options = { root, output, most };
  // Registered first, so that it misses nothing; the writer keeps what the cursor needs and drops the rest.
  const writing = { root, most, capacity, maxBytes, keepForCursors: true, pauseEvery: 64 };
  await new MessageProcess(script('journal-writer'), { ...writing, count: 1 }).done();
  let reader = new MessageProcess(script('journal-reader'), options);
  expect((await reader.done()).sequence).toBe(1);
  const writer = new MessageProcess(script('journal-writer'), { ...writing, count, lead: maxBytes / 2 });
  await writer.ready();
  let before = 0;
  for (let restart = 0; restart < restarts; restart++) {
    reader = new MessageProcess(script('journal-reader'), options);
    expect((await reader.ready()).sequence).toBeGreaterThanOrEqual(before);
    // Killed when it has written something, at no particular point.
    const length = fs.statSync(output).size;
    await expect
      .poll(() => fs.statSync(output).size > length || reader.messages.some(({ done }) => done), {
        timeout: 120_000,
        interval: 3,
      })
      .toBe(true);
    if (!reader.messages.some(({ done }) => done)) await reader.kill();
    before = 1;
  }
  reader = new MessageProcess(script('journal-reader'), options);
  const { segments = 0 } = await writer.done();
  const done = await reader.done();
  expect(done).toMatchObject({ sequence: count, lost: 0 });
  expect(checkedCount(output)).toBe(count);
  expect(segments * capacity).toBeGreaterThan(STREAM.bytes);
  const kept = listSegments(journalPaths(root, 5).folder, capacity).length;
  expect(kept * (capacity + 1056)).toBeLessThanOrEqual(maxBytes);
  process.stderr.write(`${count} records in ${segments} segments, ${kept} kept\n`);
});

it('the next writer after a kill, in or between rolls, loses and repeats no record that a reader received', {
  timeout: 1_800_000,
}, async () => {
  const root = memoryFolder();
  const output = path.join(temporaryFolder(), 'output');
  const count = 1 << 30;
  // Segments so small that a roll is always near.
  const options = {
    root,
    most: 120,
    capacity: 16_384,
    maxBytes: 1 << 20,
    count,
    keepForCursors: true,
    pauseEvery: 40,
  };
  let reader: MessageProcess | undefined;
  let last = 0;
  for (let kill = 0; kill < sized({ test: 5, all: 8, long: 200 }); kill++) {
    const writer = new MessageProcess(script('journal-writer'), options);
    const { sequence = 0 } = await writer.ready();
    expect(sequence).toBeGreaterThanOrEqual(last);
    reader ??= new MessageProcess(script('journal-reader'), { root, output, most: 120 });
    await setTimeout((kill * 7) % 23);
    await writer.kill();
    // The next writer must continue after every record that a reader can see now.
    using probe = JournalReader.open(root, 5, { from: 'newest' });
    last = probe.sequence;
  }
  const writer = new MessageProcess(script('journal-writer'), { ...options, count: last + 1000 });
  const { sequence } = await writer.done();
  expect(sequence).toBe(last + 1000);
  const done = await (reader as MessageProcess).done();
  expect(done).toMatchObject({ sequence, lost: 0 });
  expect(done.error).toBeUndefined();
  expect(checkedCount(output)).toBe(sequence);
  expect(verifyJournal(root, 5)).toMatchObject({ problems: [], state: 'closed' });
});

it('a reader that retention overtakes counts its loss exactly', async () => {
  const root = memoryFolder();
  const options = { root, most: 120, capacity: 16_384, maxBytes: 40_000, pauseEvery: 64 };
  await new MessageProcess(script('journal-writer'), { ...options, count: 10 }).done();
  const writer = new MessageProcess(script('journal-writer'), { ...options, count: 40_000 });
  await writer.ready();
  // Opened when the second writer is there: before, the journal was closed.
  using reader = JournalReader.open(root, 5, { from: { position: 0, sequence: 0 } });
  let seen = 0;
  const take = (buffer: Buffer, offset: number) => {
    const number = buffer.readUInt32LE(offset);
    seen++;
    expect(number - seen + 1).toBe(reader.losses.records);
  };
  const done = writer.done();
  // Beside the writer for a while; then the reader sleeps until everything was written, and most of it deleted.
  // Of a journal that was written before this process ran, less than that is left.
  while (seen < 500 && reader.endReason === null) {
    if (reader.poll(take, 50) === 0) await Promise.race([setTimeout(1), done]);
  }
  await done;
  while (reader.endReason === null) reader.poll(take, 50);
  expect(reader.endReason.code).toBe('CLOSED');
  expect(seen + reader.losses.records).toBe(40_000);
  expect(reader.losses.records).toBeGreaterThan(0);
});
