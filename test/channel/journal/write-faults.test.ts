/**
 * Each file operation of creating, rolling, resuming, closing and recovering a log or journal fails once,
 * with each error of a full, broken or crowded machine. The result is a typed error or none, without an open
 * descriptor or a lost record.
 */
import fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  JournalReader,
  JournalWriter,
  recoverChannel,
  ShmReader,
  ShmWriter,
  verifyChannel,
  verifyJournal,
} from '../../../src/channel/index.js';
import { RingwireError } from '../../../src/platform/index.js';
import { failEachCall, openDescriptors } from '../../failing-files.js';
import { memoryFolder } from '../../temporary.js';
import { drain, text } from '../../writer-and-reader.js';
import { OPTIONS } from '../channel-under-test.js';
import { fill, JOURNAL, PER_SEGMENT, readNumbers, recordOf, upTo } from './journal-under-test.js';

interface Attempt<W> {
  readonly root: string;
  readonly open: number;
  writer: W | null;
}

function attemptIn<W>(root: string, writer: W | null = null): Attempt<W> {
  return { root, open: openDescriptors(), writer };
}

/** What a failing call may lead to: a typed error, or nothing. */
function expectTyped(error: unknown): void {
  if (error !== null && !(error instanceof RingwireError)) throw error;
}

describe.each(['ENOSPC', 'EIO', 'EMFILE'])('%s in any call', (code) => {
  it('of creating a log leaves no descriptor, and the log can then be created', () => {
    const failed = failEachCall(code, {
      prepare: () => attemptIn<ShmWriter>(memoryFolder()),
      attempt: (made) => {
        made.writer = ShmWriter.create(made.root, OPTIONS);
      },
      check(made, error) {
        expectTyped(error);
        if (made.writer === null) expect(openDescriptors()).toBe(made.open);
        const writer = made.writer ?? ShmWriter.create(made.root, OPTIONS);
        writer.write(text('a'));
        writer.close();
        using reader = ShmReader.open(made.root, 9);
        expect(drain(reader)).toEqual(['a']);
      },
    });
    expect(failed).toBeGreaterThan(8);
  });

  it('of resuming a log leaves no descriptor and no lock, and every record', () => {
    const failed = failEachCall(code, {
      prepare() {
        const root = memoryFolder();
        const first = ShmWriter.create(root, OPTIONS);
        first.write(text('a'));
        first.detach();
        return attemptIn<ShmWriter>(root);
      },
      attempt: (made) => {
        made.writer = ShmWriter.resume(made.root, 9);
      },
      check(made, error) {
        expectTyped(error);
        if (made.writer === null) expect(openDescriptors()).toBe(made.open);
        const writer = made.writer ?? ShmWriter.resume(made.root, 9);
        writer.write(text('b'));
        writer.close();
        using reader = ShmReader.open(made.root, 9);
        expect(drain(reader)).toEqual(['a', 'b']);
      },
    });
    expect(failed).toBeGreaterThan(5);
  });

  it('of cutting off damage leaves the original file, or the cut file and a complete copy', () => {
    const failed = failEachCall(code, {
      prepare() {
        const root = memoryFolder();
        const writer = ShmWriter.create(root, OPTIONS);
        for (const record of ['a', 'b']) writer.write(text(record));
        writer.detach();
        const fd = fs.openSync(writer.path, 'r+');
        fs.writeSync(fd, Buffer.alloc(8, 0x77), 0, 8, 1024 + 16);
        fs.closeSync(fd);
        return { ...attemptIn<ShmWriter>(root), damaged: fs.readFileSync(writer.path), file: writer.path };
      },
      attempt: ({ root }) => void recoverChannel(root, 9, { cutDamage: true, dryRun: false }),
      check({ root, open, damaged, file }, error) {
        expectTyped(error);
        expect(openDescriptors()).toBe(open);
        if (error !== null && verifyChannel(root, 9).end === 'corrupt')
          expect(fs.readFileSync(file)).toEqual(damaged);
        else expect(fs.readFileSync(`${file}.damaged`)).toEqual(damaged);
        recoverChannel(root, 9, { cutDamage: true, dryRun: false, close: true });
        expect(verifyChannel(root, 9)).toMatchObject({ records: 1, end: 'closed' });
      },
    });
    expect(failed).toBeGreaterThan(8);
  });

  it('of creating a journal leaves no descriptor, and the journal can then be opened', () => {
    const failed = failEachCall(code, {
      prepare: () => attemptIn<JournalWriter>(memoryFolder()),
      attempt: (made) => {
        made.writer = JournalWriter.open(made.root, JOURNAL);
      },
      check(made, error) {
        expectTyped(error);
        if (made.writer === null) expect(openDescriptors()).toBe(made.open);
        const writer = made.writer ?? JournalWriter.open(made.root, JOURNAL);
        fill(writer, 0, 3);
        writer.close();
        using reader = JournalReader.open(made.root, 5);
        expect(readNumbers(reader)).toEqual([0, 1, 2]);
      },
    });
    expect(failed).toBeGreaterThan(15);
  });

  it('of a roll that also deletes loses no record that a write accepted, and the next write succeeds', () => {
    const failed = failEachCall(code, {
      prepare() {
        const root = memoryFolder();
        const writer = JournalWriter.create(root, { ...JOURNAL, retention: { maxSegments: 2 } });
        fill(writer, 0, 2 * PER_SEGMENT);
        return attemptIn(root, writer);
      },
      attempt: ({ writer }) => void writer?.write(recordOf(2 * PER_SEGMENT)),
      check({ root, writer }, error) {
        expectTyped(error);
        if (writer === null) throw new Error('no writer');
        expect(writer.sequence).toBe(2 * PER_SEGMENT + (error === null ? 1 : 0));
        fill(writer, writer.sequence, 3 * PER_SEGMENT + 5);
        writer.close();
        using reader = JournalReader.open(root, 5);
        const numbers = readNumbers(reader);
        expect(numbers).toEqual(upTo(3 * PER_SEGMENT + 5, numbers[0]));
        expect(verifyJournal(root, 5).problems).toEqual([]);
      },
    });
    expect(failed).toBeGreaterThan(10);
  });

  it('of resuming a journal leaves no descriptor and no lock, and every record', () => {
    const failed = failEachCall(code, {
      prepare() {
        const root = memoryFolder();
        const first = JournalWriter.create(root, JOURNAL);
        fill(first, 0, PER_SEGMENT + 100);
        first.detach();
        return attemptIn<JournalWriter>(root);
      },
      attempt: (made) => {
        made.writer = JournalWriter.resume(made.root, 5);
      },
      check(made, error) {
        expectTyped(error);
        if (made.writer === null) expect(openDescriptors()).toBe(made.open);
        const writer = made.writer ?? JournalWriter.resume(made.root, 5);
        expect(writer.sequence).toBe(PER_SEGMENT + 100);
        fill(writer, writer.sequence, PER_SEGMENT + 200);
        writer.close();
        using reader = JournalReader.open(made.root, 5);
        expect(readNumbers(reader)).toEqual(upTo(PER_SEGMENT + 200));
      },
    });
    expect(failed).toBeGreaterThan(15);
  });

  it('while records are indexed costs an index entry at most', () => {
    const failed = failEachCall(code, {
      prepare() {
        const root = memoryFolder();
        return attemptIn(root, JournalWriter.create(root, JOURNAL));
      },
      attempt: ({ writer }) => fill(writer as JournalWriter, 0, PER_SEGMENT - 5),
      check({ root, writer }, error) {
        expect(error).toBeNull();
        writer?.close();
        using reader = JournalReader.open(root, 5);
        reader.moveToSequence(PER_SEGMENT - 10);
        expect(readNumbers(reader)).toEqual(upTo(PER_SEGMENT - 5, PER_SEGMENT - 10));
      },
    });
    expect(failed).toBeGreaterThan(2);
  });
});
