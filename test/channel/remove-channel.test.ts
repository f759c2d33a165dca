/** Removing channels: what is removed, what is refused, and what a removal that died leaves. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { filesOfChannel } from '../../src/channel/channel-files.js';
import {
  channelPaths,
  DurableCursor,
  JournalReader,
  JournalWriter,
  listChannelNames,
  RingReader,
  RingWriter,
  removeChannel,
  ShmReader,
  ShmWriter,
} from '../../src/channel/index.js';
import { RingwireError } from '../../src/platform/index.js';
import { codeOf } from '../error-code.js';
import { memoryFolder } from '../temporary.js';
import { everyStep } from './journal/steps.js';

const SMALL = { capacity: 16_384, maxMessageLength: 100, name: 'quotes' };

const KINDS = [
  ['log', (root: string) => ShmWriter.create(root, SMALL)],
  ['ring', (root: string) => RingWriter.create(root, SMALL)],
  ['journal', (root: string) => JournalWriter.create(root, SMALL)],
] as const;

/** The files below a root, but for the lock of the names. */
function filesBelow(root: string): string[] {
  return fs
    .readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== 'names.lock')
    .map((entry) => path.join(entry.parentPath, entry.name));
}

function errorOf(call: () => unknown): RingwireError {
  try {
    call();
  } catch (error) {
    if (error instanceof RingwireError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe.each(KINDS)('a %s', (_kind, create) => {
  it('is removed with its name and every other file, and another one may follow', () => {
    const root = memoryFolder();
    const writer = create(root);
    writer.write(Buffer.from('one'));
    writer.close();
    ShmWriter.create(root, { ...SMALL, name: 'other' }).close();
    const before = filesBelow(root).length;
    const removed = removeChannel(root, 'quotes');
    expect(removed).toMatchObject({ id: 1n, broken: [] });
    expect(removed.bytes).toBeGreaterThan(16_384);
    expect(listChannelNames(root)).toEqual([{ name: 'other', id: 2n }]);
    expect(filesBelow(root).length).toBeLessThan(before);
    removeChannel(root, 2);
    expect(filesBelow(root)).toEqual([]);
    expect(codeOf(() => removeChannel(root, 'quotes'))).toBe('STORAGE_NOT_FOUND');
    expect(codeOf(() => removeChannel(root, 1))).toBe('STORAGE_NOT_FOUND');
    create(root).close();
    expect(listChannelNames(root)).toEqual([{ name: 'quotes', id: 1n }]);
  });

  it('is kept while its writer lives, unless the removal is forced', () => {
    const root = memoryFolder();
    using writer = create(root);
    const before = filesBelow(root);
    const error = errorOf(() => removeChannel(root, 'quotes'));
    expect(error.code).toBe('CHANNEL_IN_USE');
    expect(error.message).toContain(`in use by a writer, process ${process.pid}: end it first`);
    expect(filesBelow(root)).toEqual(before);
    expect(removeChannel(root, 'quotes', { force: true }).broken).toEqual([
      { role: 'writer', pid: process.pid, name: '' },
    ]);
    expect(filesBelow(root)).toEqual([]);
    writer.write(Buffer.from('into a file without a name'));
  });

  it('is removed by the next removal, and created by the next creation, after a removal died at any step', () => {
    const root = memoryFolder();
    create(root).close();
    const steps = everyStep(root, () => removeChannel(root, 'quotes'));
    expect(steps.length).toBeGreaterThan(4);
    for (const { name: step, root: copy } of steps) {
      fs.cpSync(copy, `${copy}-again`, { recursive: true });
      if (listChannelNames(copy).length > 0) removeChannel(copy, 'quotes');
      expect(filesBelow(copy), step).toEqual([]);
      const code = codeOf(() => create(`${copy}-again`).close());
      expect(['none', 'STORAGE_ALREADY_EXISTS'], step).toContain(code);
      expect(listChannelNames(`${copy}-again`), step).toHaveLength(1);
    }
  });
});

it('a ring is kept while a reader with a slot lives, and a journal while one has a cursor', () => {
  const root = memoryFolder();
  RingWriter.create(root, { ...SMALL, policy: 'back-pressure' }).close();
  const reader = RingReader.open(root, 'quotes', { name: 'billing' });
  expect(errorOf(() => removeChannel(root, 'quotes')).message).toContain(
    `reader 'billing', process ${process.pid}`,
  );
  reader.close();
  removeChannel(root, 'quotes');

  JournalWriter.create(root, SMALL).close();
  const journal = JournalReader.open(root, 'quotes', { cursor: 'shop' });
  expect(errorOf(() => removeChannel(root, 'quotes')).message).toContain("cursor 'shop'");
  journal.close();
  removeChannel(root, 'quotes');
  expect(filesBelow(root)).toEqual([]);
});

it('the bookmark of a relay is removed with its channel', () => {
  const root = memoryFolder();
  using writer = ShmWriter.create(root, SMALL);
  writer.close();
  DurableCursor.open(`${writer.path}.relay`, writer.header).close();
  removeChannel(root, 'quotes');
  expect(filesBelow(root)).toEqual([]);
});

it('a channel whose creator died is removed, and the lock of kekbit is kept', () => {
  const root = memoryFolder();
  const steps = everyStep(root, () => ShmWriter.create(root, SMALL).close());
  for (const { name: step, root: copy } of steps) {
    if (listChannelNames(copy).length === 0) continue;
    removeChannel(copy, 'quotes');
    expect(filesBelow(copy), step).toEqual([]);
  }
  const other = memoryFolder();
  const { lock, folder } = channelPaths(other, 7);
  fs.mkdirSync(folder);
  fs.writeFileSync(lock, '');
  expect(codeOf(() => removeChannel(other, 7))).toBe('STORAGE_NOT_READY');
  removeChannel(other, 7, { force: true });
  expect(filesBelow(other)).toEqual([]);
});

it('a symbolic link in place of a channel or its folder is not followed', () => {
  const [root, elsewhere] = [memoryFolder(), memoryFolder()];
  ShmWriter.create(elsewhere, SMALL).close();
  const target = channelPaths(elsewhere, 1);
  const { folder, file } = channelPaths(root, 1);
  fs.mkdirSync(folder);
  fs.symlinkSync(target.file, file);
  expect(codeOf(() => removeChannel(root, 1))).toBe('COULD_NOT_ACCESS_STORAGE');
  removeChannel(root, 1, { force: true });
  fs.rmdirSync(folder);
  fs.symlinkSync(target.folder, folder);
  expect(codeOf(() => removeChannel(root, 1))).not.toBe('none');
  expect(codeOf(() => removeChannel(root, 1, { force: true }))).not.toBe('none');
  ShmReader.open(elsewhere, 'quotes').close();
});

it.each(KINDS)('a writer that resumes a %s while it is removed fails. INV-TAKE-04', (_kind, create) => {
  const root = memoryFolder();
  const writer = create(root);
  writer.detach();
  const { file } = channelPaths(root, 1);
  const target = writer instanceof JournalWriter ? path.join(writer.path, 'journal') : file;
  const original = fs.openSync;
  // The removal comes between the opening of the file and its lock.
  fs.openSync = ((name: string, ...args: [string]) => {
    const fd = original(name, ...args);
    if (name === target && fs.existsSync(name)) fs.rmSync(name);
    return fd;
  }) as typeof fs.openSync;
  try {
    const resume =
      writer instanceof JournalWriter
        ? JournalWriter.resume
        : writer instanceof RingWriter
          ? RingWriter.resume
          : ShmWriter.resume;
    expect(codeOf(() => resume(root, 'quotes'))).toBe('STORAGE_NOT_FOUND');
  } finally {
    fs.openSync = original;
  }
});

it.each(KINDS)('the end of the writer of a %s marks the time of its last change', (_kind, create) => {
  const root = memoryFolder();
  const writer = create(root);
  const file =
    writer instanceof JournalWriter ? path.join(writer.path, '0000_0000/0000_0000.kekbit') : writer.path;
  fs.utimesSync(file, 1000, 1000);
  writer.detach();
  expect(fs.statSync(file).mtimeMs).toBeGreaterThan(1_000_000);
  expect(filesOfChannel(root, 1n).changedMs).toBeGreaterThan(1_000_000);
});
