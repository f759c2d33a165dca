import fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  JournalReader,
  JournalWriter,
  journalStatus,
  type Loss,
  openReader,
  removeJournalCursor,
  ShmReader,
  ShmWriter,
  verifyJournal,
  WriteResult,
} from '../../../src/channel/index.js';
import { journalPaths, listSegments, segmentPaths } from '../../../src/channel/journal/journal-path.js';
import { ManualClock } from '../../../src/platform/index.js';
import { codeOf } from '../../error-code.js';
import { memoryFolder } from '../../temporary.js';
import {
  fill,
  JOURNAL,
  openJournal,
  PER_SEGMENT,
  readNumbers,
  recordOf,
  SEGMENT_BYTES,
  upTo,
} from './journal-under-test.js';

const folderOf = (root: string) => journalPaths(root, 5).folder;
const segmentsOf = (root: string) => listSegments(folderOf(root), JOURNAL.capacity);
describe('writing and reading', () => {
  it('a reader follows across rolls, and positions and sequence numbers only increase', () => {
    using journal = openJournal();
    const { writer, reader } = journal;
    const seen: number[] = [];
    let last = -1;
    for (let n = 0; n < 2000; n++) {
      expect(writer.sequence).toBe(n);
      const offset = writer.writeOffset;
      writer.write(recordOf(n));
      if (n % 7 === 0) {
        reader.poll((buffer, at, _length, position) => {
          expect(position).toBeGreaterThan(last);
          last = position;
          seen.push(buffer.readUInt32LE(at));
        });
        expect(reader.position).toBe(writer.writeOffset);
        expect(writer.writeOffset).toBeGreaterThan(offset);
        expect(reader.sequence).toBe(n + 1);
      }
    }
    seen.push(...readNumbers(reader));
    expect(seen).toEqual(upTo(2000));
    expect(writer.segment).toBe(Math.ceil(2000 / PER_SEGMENT) - 1);
    expect(reader.endReason).toBeNull();
    writer.close();
    expect(reader.poll(() => {})).toBe(0);
    expect(reader.endReason?.code).toBe('CLOSED');
    expect(reader.poll(() => {})).toBe(0);
  });

  it('a poll continues in the next segment until its limit', () => {
    using journal = openJournal();
    fill(journal.writer, 0, 1000);
    expect(readNumbers(journal.reader, 900)).toEqual(upTo(900));
    expect(readNumbers(journal.reader)).toEqual(upTo(1000, 900));
  });

  it('a log reader reads each segment', () => {
    using journal = openJournal();
    fill(journal.writer, 0, PER_SEGMENT + 10);
    using segment = ShmReader.open(folderOf(journal.root), 0);
    expect(segment.poll(() => {})).toBe(PER_SEGMENT);
    expect(segment.endReason?.code).toBe('CLOSED');
    expect(segment.layout).toBe('full');
  });

  it('claims, batches, staged records and heartbeats roll over like single records', () => {
    using journal = openJournal();
    const { writer, reader } = journal;
    let n = 0;
    const round = [
      () => {
        const at = writer.tryClaim(40);
        recordOf(n++).copy(writer.buffer, at);
        writer.commit();
      },
      () => writer.writeBatch([recordOf(n++), recordOf(n++), recordOf(n++)]),
      () => writer.heartbeat(),
      () => writer.write(recordOf(n++)),
      () => {
        writer.tryClaim(100);
        writer.abort();
      },
      () => {
        for (let k = 0; k < 4; k++) {
          let at = writer.stage(40);
          if (at === WriteResult.StageFull) {
            writer.publish();
            at = writer.stage(40);
          }
          recordOf(n++).copy(writer.buffer, at);
        }
        writer.publish();
      },
    ];
    for (let i = 0; i < 1800; i++) round[i % round.length]?.();
    expect(readNumbers(reader)).toEqual(upTo(n));
    expect(writer.sequence).toBe(n);
    expect(reader.heartbeats).toBe(300);
    expect(writer.segment).toBeGreaterThan(2);
  });

  it('a batch is never torn by a roll, and one that no segment can hold is refused and changes nothing', () => {
    using journal = openJournal();
    const { writer, reader } = journal;
    fill(writer, 0, PER_SEGMENT - 2);
    writer.writeBatch([0, 1, 2, 3].map((i) => recordOf(PER_SEGMENT - 2 + i)));
    expect(writer.segment).toBe(1);
    const before = writer.writeOffset;
    const tooLarge = Array.from({ length: PER_SEGMENT + 1 }, () => recordOf(0));
    expect(codeOf(() => writer.writeBatch(tooLarge))).toBe('CHANNEL_FULL');
    expect(writer.writeOffset).toBe(before);
    expect(readNumbers(reader)).toEqual(upTo(PER_SEGMENT + 2));
  });

  it('staged records stay in one segment: what does not fit is staged after a publication, in the next one', () => {
    using journal = openJournal();
    const { writer, reader } = journal;
    fill(writer, 0, PER_SEGMENT - 2);
    const first = writer.buffer;
    for (let n = PER_SEGMENT - 2; n < PER_SEGMENT; n++) recordOf(n).copy(first, writer.stage(40));
    expect(writer.stage(40)).toBe(WriteResult.StageFull);
    expect(codeOf(() => writer.heartbeat())).toBe('CLAIM_PENDING');
    expect(codeOf(() => writer.writeBatch([recordOf(1), recordOf(2)]))).toBe('CLAIM_PENDING');
    expect([writer.segment, writer.sequence]).toEqual([0, PER_SEGMENT - 2]);
    expect(writer.publish()).toBe(96);
    expect([writer.segment, writer.sequence]).toEqual([0, PER_SEGMENT]);
    const at = writer.stage(40);
    expect(writer.segment).toBe(1);
    expect(writer.buffer === first).toBe(false);
    recordOf(PER_SEGMENT).copy(writer.buffer, at);
    writer.publish();
    expect(readNumbers(reader)).toEqual(upTo(PER_SEGMENT + 1));
  });

  it('an open claim prevents other writes, and is not lost in a roll', () => {
    using journal = openJournal();
    const { writer } = journal;
    fill(writer, 0, PER_SEGMENT - 1);
    writer.tryClaim(40);
    expect(codeOf(() => writer.write(recordOf(1)))).toBe('CLAIM_PENDING');
    expect(codeOf(() => writer.writeBatch([recordOf(1), recordOf(2)]))).toBe('CLAIM_PENDING');
    expect(codeOf(() => writer.heartbeat())).toBe('CLAIM_PENDING');
    expect(writer.segment).toBe(0);
    expect(writer.commit()).toBe(48);
    expect(codeOf(() => writer.commit())).toBe('NO_CLAIM');
  });

  it('records that are too long, and anything after close, are refused as by a log', () => {
    using journal = openJournal();
    const { writer } = journal;
    expect(writer.tryWrite(Buffer.alloc(200))).toBe(-6);
    expect(codeOf(() => writer.write(Buffer.alloc(200)))).toBe('MAX_RECORD_LENGTH_EXCEEDED');
    writer.close();
    expect(writer.tryWrite(recordOf(0))).toBe(-4);
    expect(codeOf(() => writer.write(recordOf(0)))).toBe('CLOSED');
    expect(codeOf(() => writer.heartbeat())).toBe('CLOSED');
    expect(codeOf(() => writer.prune())).toBe('CLOSED');
    expect(writer.available).toBe(0);
    writer.close();
  });

  it.each(['openSync', 'fsyncSync', 'linkSync'] as const)(
    'a full disk at a roll (%s) is an error without a written record, and the next attempt succeeds',
    (call) => {
      using journal = openJournal();
      const { writer, reader, root } = journal;
      fill(writer, 0, PER_SEGMENT);
      const before = fs.readdirSync(`${folderOf(root)}/0000_0000`);
      const original = fs[call];
      Object.assign(fs, {
        [call]: () => {
          throw Object.assign(new Error('full'), { code: 'ENOSPC' });
        },
      });
      try {
        expect(codeOf(() => writer.tryWrite(recordOf(PER_SEGMENT)))).toBe('NO_SPACE');
        expect(codeOf(() => writer.tryClaim(40))).toBe('NO_SPACE');
      } finally {
        Object.assign(fs, { [call]: original });
      }
      expect(writer.sequence).toBe(PER_SEGMENT);
      expect(fs.readdirSync(`${folderOf(root)}/0000_0000`)).toEqual(before);
      expect(readNumbers(reader)).toEqual(upTo(PER_SEGMENT));
      expect(reader.endReason).toBeNull();
      fill(writer, PER_SEGMENT, PER_SEGMENT + 5);
      expect(readNumbers(reader)).toEqual(upTo(PER_SEGMENT + 5, PER_SEGMENT));
    },
  );

  it('openReader opens a journal by its id, and a waiting reader wakes up across rolls', async () => {
    const root = memoryFolder();
    const writer = JournalWriter.create(root, JOURNAL);
    const reader = openReader(root, 5);
    expect(reader).toBeInstanceOf(JournalReader);
    const seen: number[] = [];
    const reading = (async () => {
      for await (const record of reader.records()) seen.push(record.readUInt32LE());
    })();
    for (let n = 0; n < 1000; n++) {
      writer.write(recordOf(n));
      if (n % 100 === 0) await new Promise((resolve) => setTimeout(resolve, 2));
    }
    writer.close();
    await reading;
    expect(seen).toEqual(upTo(1000));
    reader.close();
  });
});

describe('a second writer', () => {
  it('is refused while the first is alive, also during rolls', () => {
    using journal = openJournal();
    fill(journal.writer, 0, 3 * PER_SEGMENT);
    expect(codeOf(() => JournalWriter.resume(journal.root, 5))).toBe('WRITER_EXISTS');
    expect(codeOf(() => JournalWriter.open(journal.root, JOURNAL))).toBe('WRITER_EXISTS');
    expect(codeOf(() => JournalWriter.create(journal.root, JOURNAL))).toBe('STORAGE_ALREADY_EXISTS');
    expect(journal.reader.writerAlive).toBe(true);
    journal.writer.close();
    expect(journal.reader.writerAlive).toBe(false);
  });

  it('refuses to create a journal with the id of a log', () => {
    const root = memoryFolder();
    ShmWriter.create(root, JOURNAL).close();
    expect(codeOf(() => JournalWriter.create(root, JOURNAL))).toBe('STORAGE_ALREADY_EXISTS');
  });

  it.each([0, 1, 10, PER_SEGMENT - 1, PER_SEGMENT, PER_SEGMENT + 1, 1000])(
    'continues after %i records of a writer that closed or died',
    (count) => {
      for (const end of ['close', 'detach'] as const) {
        const root = memoryFolder();
        let writer = JournalWriter.open(root, JOURNAL);
        fill(writer, 0, count);
        writer[end]();
        writer = JournalWriter.open(root, JOURNAL);
        expect(writer.sequence).toBe(count);
        fill(writer, count, count + 400);
        writer.close();
        using reader = JournalReader.open(root, 5);
        expect(readNumbers(reader)).toEqual(upTo(count + 400));
        expect(verifyJournal(root, 5)).toMatchObject({ problems: [], records: count + 400, state: 'closed' });
      }
    },
  );

  it('readers continue with the next writer without a loss or an error', () => {
    using journal = openJournal();
    fill(journal.writer, 0, 500);
    expect(readNumbers(journal.reader)).toEqual(upTo(500));
    journal.writer.detach();
    const next = JournalWriter.resume(journal.root, 5);
    fill(next, 500, 1000);
    expect(readNumbers(journal.reader)).toEqual(upTo(1000, 500));
    next.close();
  });
});

describe('retention', () => {
  it('by count and by size keeps the allowed segments, and a reader reports its exact loss', () => {
    for (const retention of [{ maxSegments: 3 }, { maxBytes: 3 * SEGMENT_BYTES + 100 }]) {
      const laps: Loss[] = [];
      using journal = openJournal({ retention }, { onLoss: (lap) => laps.push(lap) });
      fill(journal.writer, 0, 10);
      expect(readNumbers(journal.reader)).toEqual(upTo(10));
      const before = journal.reader.position;
      for (let n = 10; n < 3000; n++) {
        journal.writer.write(recordOf(n));
        if (n % 100 === 0) expect(segmentsOf(journal.root).length).toBeLessThanOrEqual(3);
      }
      const oldest = segmentsOf(journal.root)[0] as number;
      // The segment that the reader has open stays readable for it.
      const seen = readNumbers(journal.reader);
      expect(seen).toEqual([...upTo(PER_SEGMENT, 10), ...upTo(3000, oldest * PER_SEGMENT)]);
      const lost = (oldest - 1) * PER_SEGMENT;
      expect(journal.reader.losses).toMatchObject({ losses: 1, records: lost, possiblyTorn: 0 });
      expect(laps).toEqual([expect.objectContaining({ records: lost, to: oldest * JOURNAL.capacity })]);
      expect((laps[0] as Loss).from).toBeGreaterThan(before);
      expect(journal.reader.sequence).toBe(3000);
    }
  });

  it('by age deletes segments whose last record is too old, at a roll and in prune', () => {
    const clock = new ManualClock();
    using journal = openJournal({ retention: { maxAgeMs: 1000 }, clock });
    fill(journal.writer, 0, PER_SEGMENT + 1);
    clock.advance(900);
    fill(journal.writer, PER_SEGMENT + 1, 2 * PER_SEGMENT + 1);
    expect(segmentsOf(journal.root)).toEqual([0, 1, 2]);
    clock.advance(200);
    expect(journal.writer.prune()).toBe(1);
    expect(segmentsOf(journal.root)).toEqual([1, 2]);
    clock.advance(5000);
    fill(journal.writer, 2 * PER_SEGMENT + 1, 3 * PER_SEGMENT + 1);
    expect(segmentsOf(journal.root)).toEqual([2, 3]);
  });

  it('with keepForCursors keeps the segments that a registered cursor needs, until the cursor moves or is removed', () => {
    const retention = { maxSegments: 2, keepForCursors: true };
    using journal = openJournal({ retention }, { cursor: 'billing' });
    const { writer, reader, root } = journal;
    fill(writer, 0, 5 * PER_SEGMENT);
    expect(segmentsOf(root)).toEqual([0, 1, 2, 3, 4]);
    readNumbers(reader, 2 * PER_SEGMENT + 5);
    reader.saveCursor(77);
    expect(writer.prune()).toBe(2);
    expect(segmentsOf(root)).toEqual([2, 3, 4]);
    expect(journalStatus(root, 5).cursors).toEqual([
      { name: 'billing', place: { position: reader.position, sequence: 2 * PER_SEGMENT + 5, userValue: 77 } },
    ]);
    expect(codeOf(() => removeJournalCursor(root, 5, 'billing'))).toBe('CURSOR_IN_USE');
    reader.close();
    expect(removeJournalCursor(root, 5, 'billing')).toBe(true);
    expect(removeJournalCursor(root, 5, 'billing')).toBe(false);
    expect(writer.prune()).toBe(1);
    expect(segmentsOf(root)).toEqual([3, 4]);
  });

  it('keeps all segments for an unreadable cursor file', () => {
    const retention = { maxSegments: 2, keepForCursors: true };
    using journal = openJournal({ retention }, { cursor: 'a' });
    readNumbers(journal.reader);
    fs.writeFileSync(`${folderOf(journal.root)}/cursors/a.cursor`, 'garbage');
    fill(journal.writer, 0, 4 * PER_SEGMENT);
    expect(segmentsOf(journal.root)).toEqual([0, 1, 2, 3]);
  });

  it('refuses unknown limits and limits without space for a successor', () => {
    const create = (retention: object) =>
      codeOf(() => JournalWriter.create(memoryFolder(), { ...JOURNAL, retention }));
    expect(create({ maxSegments: 1 })).toBe('INVALID_ARGUMENT');
    expect(create({ maxBytes: 2 * SEGMENT_BYTES - 1 })).toBe('INVALID_ARGUMENT');
    expect(create({ maxAge: 1 })).toBe('INVALID_ARGUMENT');
    expect(create({ maxAgeMs: -1 })).toBe('INVALID_ARGUMENT');
    const options = { ...JOURNAL, profile: 'heartbeat' } as object as typeof JOURNAL;
    expect(codeOf(() => JournalWriter.create(memoryFolder(), options))).toBe('INVALID_ARGUMENT');
  });
});

describe('moving', () => {
  it('works for any reported position and any sequence number', () => {
    using journal = openJournal();
    fill(journal.writer, 0, 2000);
    const positions: number[] = [];
    journal.reader.poll((_buffer, _offset, _length, position) => positions.push(position));
    const end = journal.reader.position;
    for (let n = 0; n < 2000; n += 37) {
      expect(journal.reader.moveTo(positions[n] as number)).toBe(positions[n]);
      expect(journal.reader.sequence).toBe(n);
      expect(readNumbers(journal.reader, 1)).toEqual([n]);
      expect(journal.reader.moveToSequence(1999 - n)).toBe(positions[1999 - n]);
      expect(readNumbers(journal.reader, 1)).toEqual([1999 - n]);
    }
    expect(journal.reader.moveTo(end)).toBe(end);
    expect(journal.reader.sequence).toBe(2000);
    expect(journal.reader.moveToSequence(2000)).toBe(end);
    expect(readNumbers(journal.reader)).toEqual([]);
  });

  it('to any other position is refused, and the reader keeps its position', () => {
    using journal = openJournal({ retention: { maxSegments: 3 } });
    const { reader } = journal;
    fill(journal.writer, 0, 2000);
    reader.moveToSequence(1900);
    const { position } = reader;
    for (const wrong of [0, 8, position + 8, position + 4, 1e9, -8, 0.5, Number.NaN]) {
      expect(codeOf(() => reader.moveTo(wrong))).toBe('INVALID_POSITION');
    }
    for (const wrong of [0, 100, 2001, -1, 0.5]) {
      expect(codeOf(() => reader.moveToSequence(wrong))).toBe('INVALID_POSITION');
    }
    expect(reader.position).toBe(position);
    expect(readNumbers(reader, 1)).toEqual([1900]);
  });

  it('to a time skips no later record, and delivers at most one index step of earlier ones', () => {
    const clock = new ManualClock();
    using journal = openJournal({ clock });
    const start = Number(clock.unixNanos() / 1_000_000n);
    for (let n = 0; n < 3000; n++) {
      clock.advance(1);
      journal.writer.write(recordOf(n));
    }
    for (const millis of [0, 1, 100, 341, 342, 700, 1500, 2999]) {
      journal.reader.moveToTime(start + millis);
      const [first] = readNumbers(journal.reader, 1);
      // Record n was published at start + n + 1.
      expect(first).toBeLessThanOrEqual(Math.max(0, millis - 1));
      expect(first).toBeGreaterThanOrEqual(millis - 1 - 4096 / 48 - 2);
    }
    journal.reader.moveToTime(start + 1e9);
    expect(readNumbers(journal.reader).length).toBeLessThanOrEqual(4096 / 48 + 2);
  });

  it('reads only one index step of a large segment', () => {
    using journal = openJournal({ capacity: 16 << 20 });
    const { writer, reader, root } = journal;
    fill(writer, 0, 300_000);
    // Whatever reads the beginning finds damage there.
    const { file } = segmentPaths(folderOf(root), 0);
    const fd = fs.openSync(file, 'r+');
    fs.writeSync(fd, Buffer.alloc(4096, 0xee), 0, 4096, 1024 + 64 * 1024);
    fs.closeSync(fd);
    reader.moveToSequence(290_000);
    expect(readNumbers(reader, 1)).toEqual([290_000]);
    expect(reader.moveTo(reader.position)).toBe(reader.position);
    expect(reader.sequence).toBe(290_001);
    using scanning = JournalReader.open(root, 5);
    expect(() => readNumbers(scanning, 2000)).toThrow('record 1365 is torn');
  });

  it('a reader can start at the oldest record, the newest, a position, and a stream position', () => {
    using journal = openJournal({ retention: { maxSegments: 2 } });
    fill(journal.writer, 0, 1500);
    const oldest = (segmentsOf(journal.root)[0] as number) * PER_SEGMENT;
    using newest = JournalReader.open(journal.root, 5, { from: 'newest' });
    expect(newest.sequence).toBe(1500);
    fill(journal.writer, 1500, 1510);
    expect(readNumbers(newest)).toEqual(upTo(1510, 1500));
    using first = JournalReader.open(journal.root, 5);
    expect(readNumbers(first)[0]).toBe(oldest);
    using gone = JournalReader.open(journal.root, 5, { from: { position: 480, sequence: 10 } });
    expect(readNumbers(gone)[0]).toBe(oldest);
    expect(gone.losses.records).toBe(oldest - 10);
    expect(codeOf(() => JournalReader.open(journal.root, 5, { from: 480 }))).toBe('INVALID_POSITION');
    const { position } = newest;
    using again = JournalReader.open(journal.root, 5, { from: position });
    expect(again.sequence).toBe(1510);
  });
});

it('a second reader with the same cursor is refused while the first is alive, and releases its resources', () => {
  using journal = openJournal({}, { cursor: 'a' });
  const { root, reader } = journal;
  const descriptors = () => fs.readdirSync('/proc/self/fd').length;
  const before = descriptors();
  expect(codeOf(() => JournalReader.open(root, 5, { cursor: 'a' }))).toBe('CURSOR_IN_USE');
  expect(descriptors()).toBe(before);
  JournalReader.open(root, 5, { cursor: 'b' }).close();
  reader.close();
  expect(codeOf(() => reader.saveCursor())).toBe('CLOSED');
  JournalReader.open(root, 5, { cursor: 'a' }).close();
});

it('a reader with a cursor continues at the saved position, and reports the records that retention deleted', () => {
  const root = memoryFolder();
  const writer = JournalWriter.create(root, { ...JOURNAL, retention: { maxSegments: 2 } });
  fill(writer, 0, 100);
  {
    using reader = JournalReader.open(root, 5, { cursor: 'a' });
    expect(readNumbers(reader, 40)).toEqual(upTo(40));
    reader.saveCursor(3);
  }
  {
    using reader = JournalReader.open(root, 5, { cursor: 'a' });
    expect(reader.cursor?.saved).toEqual({ position: 40 * 48, sequence: 40, userValue: 3 });
    expect(readNumbers(reader, 10)).toEqual(upTo(50, 40));
  }
  fill(writer, 100, 3 * PER_SEGMENT);
  {
    using reader = JournalReader.open(root, 5, { cursor: 'a' });
    expect(readNumbers(reader, 1)).toEqual([PER_SEGMENT]);
    expect(reader.losses.records).toBe(PER_SEGMENT - 40);
  }
  using plain = JournalReader.open(root, 5);
  expect(codeOf(() => plain.saveCursor())).toBe('INVALID_ARGUMENT');
  expect(codeOf(() => JournalReader.open(root, 5, { cursor: '../x' }))).toBe('INVALID_ARGUMENT');
  writer.close();
});
