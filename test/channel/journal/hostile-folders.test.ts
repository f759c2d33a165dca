/** Incomplete, damaged or foreign folders: a typed error or a correct reading, and no crash. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  JournalReader,
  JournalWriter,
  journalStatus,
  recoverChannel,
  verifyJournal,
} from '../../../src/channel/index.js';
import { journalPaths, segmentPaths } from '../../../src/channel/journal/journal-path.js';
import { codeOf } from '../../error-code.js';
import { memoryFolder } from '../../temporary.js';
import { fill, JOURNAL, PER_SEGMENT, readNumbers, upTo } from './journal-under-test.js';

/** A closed journal of `count` records, oldest segments deleted where that is asked for. */
function closedJournal(count: number, maxSegments?: number) {
  const root = memoryFolder();
  const retention = maxSegments === undefined ? {} : { maxSegments };
  const writer = JournalWriter.create(root, { ...JOURNAL, retention });
  fill(writer, 0, count);
  writer.close();
  const { folder, control } = journalPaths(root, 5);
  return { root, folder, control, segment: (ordinal: number) => segmentPaths(folder, ordinal) };
}

const read = (root: string) => {
  using reader = JournalReader.open(root, 5);
  return readNumbers(reader);
};

describe('missing indexes', () => {
  it.each([[[0]], [[1]], [[3]], [[0, 1, 2, 3]]])(
    '%j do not change the counts, which come from the neighbors',
    (gone) => {
      const journal = closedJournal(4 * PER_SEGMENT);
      for (const ordinal of gone) fs.rmSync(journal.segment(ordinal).index);
      using reader = JournalReader.open(journal.root, 5);
      for (const n of [0, 500, 3 * PER_SEGMENT, 4 * PER_SEGMENT - 1]) {
        reader.moveToSequence(n);
        expect(readNumbers(reader, 1)).toEqual([n]);
      }
      expect(verifyJournal(journal.root, 5).problems).toHaveLength(gone.length);
      const writer = JournalWriter.resume(journal.root, 5);
      expect(writer.sequence).toBe(4 * PER_SEGMENT);
      writer.close();
    },
  );

  it('the next index after deleted segments suffices, and no index at all is an error', () => {
    const journal = closedJournal(4 * PER_SEGMENT, 3);
    for (const ordinal of [1, 2]) fs.rmSync(journal.segment(ordinal).index);
    using reader = JournalReader.open(journal.root, 5);
    expect(reader.sequence).toBe(PER_SEGMENT);
    fs.rmSync(journal.segment(3).index);
    expect(codeOf(() => JournalReader.open(journal.root, 5))).toBe('CORRUPT_CHANNEL');
    expect(codeOf(() => JournalWriter.resume(journal.root, 5))).toBe('CORRUPT_CHANNEL');
  });

  it('an index damaged at any byte finds the correct records or none', () => {
    const journal = closedJournal(PER_SEGMENT + 10);
    const { index } = journal.segment(0);
    const sound = fs.readFileSync(index);
    expect(sound.length).toBeGreaterThan(64 + 2 * 32);
    for (let at = 0; at < sound.length; at++) {
      const damaged = Buffer.from(sound);
      damaged[at] = (damaged[at] as number) ^ 0x41;
      fs.writeFileSync(index, damaged);
      using reader = JournalReader.open(journal.root, 5);
      reader.moveToSequence(300);
      expect(readNumbers(reader, 2)).toEqual([300, 301]);
      reader.moveToTime(Date.now() - 1e9);
      expect(reader.sequence).toBe(0);
    }
    for (let length = 0; length < sound.length; length += 7) {
      fs.writeFileSync(index, sound.subarray(0, length));
      expect(read(journal.root)).toEqual(upTo(PER_SEGMENT + 10));
    }
  });

  it('the index of another journal is ignored', () => {
    const journal = closedJournal(2 * PER_SEGMENT);
    const other = closedJournal(2 * PER_SEGMENT);
    const bytes = fs.readFileSync(other.segment(1).index);
    // The journals were created at different times.
    bytes.writeBigUInt64LE(bytes.readBigUInt64LE(8) + 1n, 8);
    fs.writeFileSync(journal.segment(0).index, bytes);
    fs.copyFileSync(other.segment(0).index, journal.segment(1).index);
    expect(read(journal.root)).toEqual(upTo(2 * PER_SEGMENT));
  });
});

describe('segments', () => {
  it('a missing one in the middle is reported as an exact loss', () => {
    const journal = closedJournal(4 * PER_SEGMENT);
    fs.rmSync(journal.segment(1).file);
    using reader = JournalReader.open(journal.root, 5);
    expect(readNumbers(reader)).toEqual([...upTo(PER_SEGMENT), ...upTo(4 * PER_SEGMENT, 2 * PER_SEGMENT)]);
    expect(reader.losses).toMatchObject({ losses: 1, records: PER_SEGMENT });
    expect(verifyJournal(journal.root, 5).problems.length).toBeGreaterThan(0);
  });

  it('damage is reported once after every sound record, and the reader can move to the next segment', () => {
    const journal = closedJournal(3 * PER_SEGMENT);
    const fd = fs.openSync(journal.segment(1).file, 'r+');
    fs.writeSync(fd, Buffer.alloc(8, 0xee), 0, 8, 1024 + 48 * 100);
    fs.closeSync(fd);
    using reader = JournalReader.open(journal.root, 5);
    expect(readNumbers(reader)).toEqual(upTo(PER_SEGMENT + 100));
    expect(codeOf(() => reader.poll(() => {}))).toBe('CORRUPT_CHANNEL');
    expect(reader.endReason?.code).toBe('CORRUPT_CHANNEL');
    expect(reader.poll(() => {})).toBe(0);
    reader.moveToSequence(2 * PER_SEGMENT);
    expect(readNumbers(reader)).toEqual(upTo(3 * PER_SEGMENT, 2 * PER_SEGMENT));
    expect(verifyJournal(journal.root, 5).problems).toHaveLength(2);
  });

  it('a damaged newest one is refused until recovery, and its cut records are reported as lost', () => {
    const journal = closedJournal(PER_SEGMENT + 100);
    const fd = fs.openSync(journal.segment(1).file, 'r+');
    fs.writeSync(fd, Buffer.alloc(8, 0xee), 0, 8, 1024 + 48 * 50);
    fs.closeSync(fd);
    expect(codeOf(() => JournalWriter.resume(journal.root, 5))).toBe('CORRUPT_CHANNEL');
    for (const close of [false, true]) {
      recoverChannel(journal.folder, 1, { cutDamage: true, dryRun: false, close });
      const writer = JournalWriter.resume(journal.root, 5);
      expect(writer.sequence).toBe(PER_SEGMENT + 50);
      if (close) writer.close();
      else writer.detach();
    }
    expect(journalStatus(journal.root, 5)).toMatchObject({ state: 'closed', nextSequence: PER_SEGMENT + 50 });
    using reader = JournalReader.open(journal.root, 5, { from: 'newest' });
    expect(reader.sequence).toBe(PER_SEGMENT + 50);
    reader.moveToSequence(PER_SEGMENT + 49);
    expect(readNumbers(reader)).toEqual([PER_SEGMENT + 49]);
  });

  it('another capacity, an empty or truncated file, a folder and a link cause a typed error', () => {
    const plant: Record<string, (file: string) => void> = {
      empty: (file) => fs.writeFileSync(file, ''),
      cut: (file) => fs.truncateSync(file, 1000),
      garbage: (file) => fs.writeFileSync(file, Buffer.alloc(20_000, 7)),
      folder: (file) => {
        fs.rmSync(file);
        fs.mkdirSync(file);
      },
      link: (file) => {
        fs.renameSync(file, `${file}.old`);
        fs.symlinkSync(`${file}.old`, file);
      },
      'other capacity': (file) => {
        const fd = fs.openSync(file, 'r+');
        const capacity = Buffer.alloc(4);
        capacity.writeUInt32LE(16_392);
        fs.writeSync(fd, capacity, 0, 4, 32);
        fs.closeSync(fd);
      },
    };
    for (const [name, damage] of Object.entries(plant)) {
      const journal = closedJournal(3 * PER_SEGMENT);
      damage(journal.segment(1).file);
      using reader = JournalReader.open(journal.root, 5);
      expect(readNumbers(reader), name).toEqual(upTo(PER_SEGMENT));
      const told = codeOf(() => reader.poll(() => {}));
      expect(told, name).not.toBe('none');
      expect(reader.endReason?.code, name).toBe(told);
      damage(journal.segment(2).file);
      expect(
        codeOf(() => JournalWriter.resume(journal.root, 5)),
        name,
      ).not.toBe('none');
    }
  });

  it('stray files in the folder change nothing', () => {
    const journal = closedJournal(2 * PER_SEGMENT);
    fs.writeFileSync(path.join(journal.folder, 'notes.txt'), 'mine');
    fs.mkdirSync(path.join(journal.folder, 'ffff_ffff'));
    fs.writeFileSync(path.join(journal.folder, 'ffff_ffff/ffff_ffff.kekbit'), 'mine');
    fs.writeFileSync(path.join(journal.folder, '0000_0000/mine.index'), 'mine');
    expect(read(journal.root)).toEqual(upTo(2 * PER_SEGMENT));
    const writer = JournalWriter.resume(journal.root, 5);
    fill(writer, 2 * PER_SEGMENT, 2 * PER_SEGMENT + 5);
    writer.close();
    expect(verifyJournal(journal.root, 5)).toMatchObject({ problems: [], records: 2 * PER_SEGMENT + 5 });
    expect(fs.existsSync(path.join(journal.folder, 'notes.txt'))).toBe(true);
  });
});

describe('the control file', () => {
  it('is refused if it is damaged at any byte or truncated', () => {
    const { root, control } = closedJournal(1);
    const sound = fs.readFileSync(control.file);
    for (let at = 0; at < sound.length; at++) {
      const damaged = Buffer.from(sound);
      damaged[at] = (damaged[at] as number) ^ 1;
      fs.writeFileSync(control.file, damaged);
      expect(['INVALID_SIGNATURE', 'CORRUPT_CHANNEL']).toContain(codeOf(() => read(root)));
      expect(codeOf(() => JournalWriter.resume(root, 5))).not.toBe('none');
    }
    for (let length = 0; length < sound.length; length++) {
      fs.writeFileSync(control.file, sound.subarray(0, length));
      expect(codeOf(() => read(root))).toBe('STORAGE_TRUNCATED');
    }
  });

  it('is required: without it the journal does not exist', () => {
    const { root, control } = closedJournal(1);
    fs.rmSync(control.file);
    expect(codeOf(() => read(root))).toBe('STORAGE_NOT_FOUND');
    expect(codeOf(() => JournalWriter.resume(root, 5))).toBe('STORAGE_NOT_FOUND');
  });

  it('without segments means not ready, until a writer resumes the journal', () => {
    const { root, folder } = closedJournal(1);
    fs.rmSync(path.join(folder, '0000_0000'), { recursive: true });
    expect(codeOf(() => read(root))).toBe('STORAGE_NOT_READY');
    expect(codeOf(() => journalStatus(root, 5))).toBe('STORAGE_NOT_READY');
    const writer = JournalWriter.resume(root, 5);
    fill(writer, 0, 3);
    writer.close();
    expect(read(root)).toEqual([0, 1, 2]);
  });
});
