/** The search for the last records of a channel of any kind, and for the first that meets a condition. INV-SEARCH-01 */
import fs from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import {
  JournalReader,
  JournalWriter,
  moveToFirst,
  moveToLast,
  moveToTime,
  openReader,
  type Reader,
  type RecordTest,
  RingReader,
  RingWriter,
  ShmWriter,
  type Writer,
} from '../../src/channel/index.js';
import { journalPaths, listSegments, segmentPaths } from '../../src/channel/journal/journal-path.js';
import { ManualClock } from '../../src/platform/index.js';
import { codeOf } from '../error-code.js';
import { sized } from '../size.js';
import { memoryFolder } from '../temporary.js';
import {
  fill,
  JOURNAL,
  PER_SEGMENT,
  readNumbers,
  SEGMENT_BYTES,
  upTo,
} from './journal/journal-under-test.js';
import { EXAMPLE } from './log/example-channel.js';
import { lengthOf, RING, recordOf } from './ring/ring-under-test.js';

const ID = 7;
const NEVER = new AbortController().signal;
const RUNS = sized({ test: 30, all: 400, long: 2000 });

const CREATE = {
  log: (root: string) => ShmWriter.create(root, { ...EXAMPLE, channelId: ID, capacity: 65_536 }),
  ring: (root: string) => RingWriter.create(root, { ...RING, capacity: 4096 }),
  'back-pressure ring': (root: string) => RingWriter.create(root, { ...RING, policy: 'back-pressure' }),
  journal: (root: string) => JournalWriter.create(root, { ...JOURNAL, channelId: ID }),
  'journal with retention': (root: string) =>
    JournalWriter.create(root, { ...JOURNAL, channelId: ID, retention: { maxBytes: 2 * SEGMENT_BYTES } }),
} satisfies Record<string, (root: string) => Writer>;
const KINDS = Object.keys(CREATE) as (keyof typeof CREATE)[];

/** Writes the records `from` to `to` - 1. */
function write(writer: Writer, from: number, to: number): void {
  for (let n = from; n < to; n++) writer.write(recordOf(n, lengthOf(n, 48)));
}

/** The numbers of all records from the place of a reader on. */
function rest(reader: Reader): number[] {
  const numbers: number[] = [];
  while (reader.poll((buffer, offset) => numbers.push(buffer.readUInt32LE(offset))) > 0);
  return numbers;
}

const everyNth =
  (n: number): RecordTest =>
  (buffer, offset) =>
    buffer.readUInt32LE(offset) % n === 0;

describe.each(KINDS)('of a %s', (kind) => {
  it('the last records are the last of all records, and later ones follow once', async () => {
    const content = fc.record({
      written: fc.nat(900),
      last: fc.oneof(fc.nat(12), fc.nat(1000)),
      nth: fc.constantFrom(1, 2, 7, 100, 1000),
      more: fc.nat(5),
    });
    await fc.assert(
      fc.asyncProperty(content, async ({ written, last, nth, more }) => {
        const root = memoryFolder();
        const writer = CREATE[kind](root);
        write(writer, 0, written);
        using all = openReader(root, ID, { observe: true });
        const counts = (n: number) => n % nth === 0;
        const expected = last === 0 ? [] : rest(all).filter(counts).slice(-last);

        using reader = openReader(root, ID, { observe: true });
        await moveToLast(reader, last, { signal: NEVER, test: nth === 1 ? undefined : everyNth(nth) });
        // A full ring would overwrite some of the last records before they are read.
        const seen = kind.endsWith('ring') ? rest(reader) : [];
        write(writer, written, written + more);
        seen.push(...rest(reader));
        expect(seen.filter(counts)).toEqual([...expected, ...upTo(written + more, written).filter(counts)]);
        writer.close();
        expect(rest(reader)).toEqual([]);
      }),
      { numRuns: RUNS },
    );
  });

  it('the first record that meets a condition is found, or else the end', async () => {
    const root = memoryFolder();
    using writer = CREATE[kind](root);
    write(writer, 0, 30);
    using reader = openReader(root, ID, { observe: true });
    await moveToFirst(reader, (buffer, offset) => buffer.readUInt32LE(offset) >= 25, NEVER);
    expect(rest(reader)).toEqual([25, 26, 27, 28, 29]);
    using other = openReader(root, ID, { observe: true });
    await moveToFirst(other, () => false, NEVER);
    expect(rest(other)).toEqual([]);
    write(writer, 30, 32);
    expect(rest(other)).toEqual([30, 31]);
  });
});

it('a ring that is lapped during the search continues at its oldest record', async () => {
  const root = memoryFolder();
  using writer = RingWriter.create(root, { ...RING, capacity: 4096 });
  write(writer, 0, 50);
  using reader = RingReader.open(root, ID);
  const { moveToSequence } = RingReader.prototype;
  vi.spyOn(RingReader.prototype, 'moveToSequence').mockImplementationOnce(function (this: RingReader, n) {
    write(writer, 50, 400);
    return moveToSequence.call(this, n);
  });
  await moveToLast(reader, 10, { signal: NEVER });
  const numbers = rest(reader);
  using fresh = RingReader.open(root, ID);
  expect(numbers).toEqual(rest(fresh));
  expect(numbers.at(-1)).toBe(399);
});

it('a ring that laps the reader after the search counts every record in between as lost', async () => {
  const root = memoryFolder();
  using writer = RingWriter.create(root, { ...RING, capacity: 4096 });
  write(writer, 0, 50);
  using reader = RingReader.open(root, ID);
  await moveToLast(reader, 10, { signal: NEVER });
  write(writer, 50, 400);
  const numbers = rest(reader);
  expect(reader.losses.records + numbers.length).toBe(10 + 350);
});

it('a damaged log shows its last records, and then its damage', async () => {
  const root = memoryFolder();
  const writer = CREATE.log(root);
  write(writer, 0, 20);
  const end = writer.writeOffset;
  const { path } = writer;
  writer.detach();
  const file = fs.openSync(path, 'r+');
  fs.writeSync(file, Buffer.alloc(8, 0x7f), 0, 8, 1024 + end);
  fs.closeSync(file);
  using reader = openReader(root, ID);
  await moveToLast(reader, 3, { signal: NEVER });
  const numbers: number[] = [];
  reader.poll((buffer, offset) => numbers.push(buffer.readUInt32LE(offset)));
  expect(numbers).toEqual([17, 18, 19]);
  expect(codeOf(() => reader.poll(() => {}))).toBe('CORRUPT_CHANNEL');
  using other = openReader(root, ID);
  await expect(moveToLast(other, 0, { signal: NEVER })).rejects.toMatchObject({ code: 'CORRUPT_CHANNEL' });
});

it('a journal with a damaged segment shows its last records, and then its damage', async () => {
  const root = memoryFolder();
  const writer = CREATE.journal(root);
  write(writer, 0, 900);
  const { folder } = journalPaths(root, ID);
  const end = writer.writeOffset % JOURNAL.capacity;
  writer.detach();
  const newest = listSegments(folder, JOURNAL.capacity).at(-1) as number;
  const file = fs.openSync(segmentPaths(folder, newest).file, 'r+');
  fs.writeSync(file, Buffer.alloc(8, 0x7f), 0, 8, 1024 + end);
  fs.closeSync(file);
  for (const nth of [1, 2]) {
    using reader = openReader(root, ID);
    await moveToLast(reader, 3, { signal: NEVER, test: everyNth(nth) });
    const numbers: number[] = [];
    reader.poll((buffer, offset) => numbers.push(buffer.readUInt32LE(offset)));
    expect(numbers).toEqual(upTo(900, nth === 1 ? 897 : 894));
    expect(codeOf(() => reader.poll(() => {}))).toBe('CORRUPT_CHANNEL');
  }
});

it('only a journal has times, and none is skipped although its clock was set back', () => {
  const clock = new ManualClock();
  const root = memoryFolder();
  using writer = JournalWriter.create(root, { ...JOURNAL, clock });
  const published: number[] = [];
  for (let n = 0; n < 3 * PER_SEGMENT; n++) {
    published.push(Number(clock.unixNanos() / 1_000_000n));
    fill(writer, n, n + 1);
    clock.advance(1000);
    if (n === PER_SEGMENT) clock.setUnixNanos(clock.unixNanos() - 300_000_000_000n);
  }
  for (const since of [published[0], published[100], published[PER_SEGMENT], published.at(-1)] as number[]) {
    using reader = JournalReader.open(root, JOURNAL.channelId);
    expect(moveToTime(reader, since)).toBe(true);
    const found = readNumbers(reader);
    expect(found).toEqual(upTo(published.length, found[0]));
    expect(published.filter((time, n) => time >= since && n < (found[0] as number))).toEqual([]);
  }
  const ring = memoryFolder();
  using _ring = RingWriter.create(ring, RING);
  using reader = openReader(ring, ID);
  expect(moveToTime(reader, 0)).toBe(false);
});
