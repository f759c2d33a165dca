/** A path is resolved once at opening and does not change with the working directory. */
import fs from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import {
  DurableCursor,
  JournalReader,
  JournalWriter,
  RetryWriter,
  ShmReader,
  ShmWriter,
} from '../../../src/channel/index.js';
import { codeOf } from '../../error-code.js';
import { memoryFolder } from '../../temporary.js';
import { OPTIONS } from '../channel-under-test.js';
import { fill, JOURNAL, PER_SEGMENT, readNumbers, upTo } from '../journal/journal-under-test.js';

let here: string;
let elsewhere: string;

beforeEach(() => {
  const before = process.cwd();
  onTestFinished(() => process.chdir(before));
  const root = memoryFolder();
  here = path.join(root, 'here');
  elsewhere = path.join(root, 'elsewhere');
  for (const folder of [here, elsewhere]) fs.mkdirSync(folder);
  process.chdir(here);
});

describe('after a change of the working directory', () => {
  it('a journal rolls, deletes segments and is read at its original path. INV-FILE-06', () => {
    const writer = JournalWriter.create('root', { ...JOURNAL, retention: { maxSegments: 3 } });
    const reader = JournalReader.open('root', 5, { cursor: 'mine' });
    fill(writer, 0, 10);
    process.chdir(elsewhere);
    fill(writer, 10, 2 * PER_SEGMENT);
    const seen = readNumbers(reader);
    expect(seen).toEqual(upTo(2 * PER_SEGMENT));
    reader.saveCursor();
    fill(writer, 2 * PER_SEGMENT, 6 * PER_SEGMENT);
    writer.close();
    reader.close();
    expect(path.isAbsolute(writer.path)).toBe(true);
    expect(fs.readdirSync(elsewhere)).toEqual([]);
    using again = JournalReader.open(path.join(here, 'root'), 5, { cursor: 'mine' });
    expect(again.cursor?.saved?.sequence).toBe(2 * PER_SEGMENT);
  });

  it('retention deletes nothing of another journal with the same relative path', () => {
    const other = JournalWriter.create(path.join(elsewhere, 'root'), JOURNAL);
    fill(other, 0, 6 * PER_SEGMENT);
    other.close();
    const writer = JournalWriter.create('root', { ...JOURNAL, retention: { maxSegments: 2 } });
    process.chdir(elsewhere);
    fill(writer, 0, 6 * PER_SEGMENT);
    writer.close();
    using reader = JournalReader.open('root', 5);
    expect(readNumbers(reader)).toEqual(upTo(6 * PER_SEGMENT));
  });

  it('a worker attaches to a retry writer of a relative path', () => {
    const writer = new RetryWriter(ShmWriter.create('root', OPTIONS));
    process.chdir(elsewhere);
    const handle = writer.share();
    expect(path.isAbsolute(handle.path)).toBe(true);
    RetryWriter.attach(handle).close();
    writer.close();
  });

  it('a wait for a channel uses the original working directory', async () => {
    const waiting = ShmReader.waitFor('root', 9, { timeoutMs: 20_000 });
    process.chdir(elsewhere);
    const writer = ShmWriter.create(path.join(here, 'root'), OPTIONS);
    (await waiting).close();
    writer.close();
  });

  it('a cursor has an absolute path', () => {
    using cursor = DurableCursor.open('cursor', { creationTime: 1n });
    expect(cursor.path).toBe(path.join(fs.realpathSync(here), 'cursor'));
  });
});

it('refuses an empty root, which would mean the working directory', () => {
  expect(codeOf(() => ShmWriter.create('', OPTIONS))).toBe('INVALID_ARGUMENT');
  expect(codeOf(() => ShmReader.open('', 1))).toBe('INVALID_ARGUMENT');
  expect(codeOf(() => JournalReader.open('', 1))).toBe('INVALID_ARGUMENT');
});
