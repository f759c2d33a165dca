/** Channels with names: created, opened, renamed, and what a creator that died or failed leaves. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  channelIdOf,
  channelNameOf,
  channelPaths,
  JournalReader,
  JournalWriter,
  listChannelNames,
  openReader,
  openWriter,
  RingReader,
  RingWriter,
  removeStaleLock,
  renameChannel,
  ShmReader,
  ShmWriter,
} from '../../../src/channel/index.js';
import { RingwireError } from '../../../src/platform/index.js';
import { codeOf } from '../../error-code.js';
import { failEachCall, openDescriptors } from '../../failing-files.js';
import { memoryFolder } from '../../temporary.js';
import { everyStep } from '../journal/steps.js';

const SMALL = { capacity: 16_384, maxMessageLength: 100 };

const KINDS = [
  [
    'log',
    (root: string, id: object) => ShmWriter.create(root, { ...SMALL, ...id }),
    (root: string, name: string) => ShmReader.open(root, { name }),
  ],
  [
    'ring',
    (root: string, id: object) => RingWriter.create(root, { ...SMALL, ...id }),
    (root: string, name: string) => RingReader.open(root, name),
  ],
  [
    'journal',
    (root: string, id: object) => JournalWriter.create(root, { ...SMALL, ...id }),
    (root: string, name: string) => JournalReader.open(root, name),
  ],
] as const;

/** The files below a root that belong to no channel, by their relative paths. */
function leftovers(root: string): string[] {
  return fs
    .readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(lock|tmp)$/.test(entry.name) && entry.name !== 'names.lock')
    .map((entry) => path.join(entry.parentPath, entry.name));
}

describe.each(KINDS)('a %s with a name', (_kind, create, open) => {
  it('has the lowest free id from 1, and is opened by its name and its id', () => {
    const root = memoryFolder();
    create(root, { channelId: 2 }).close();
    for (const [name, id] of [
      ['quotes', 1n],
      ['orders', 3n],
    ] as const) {
      using writer = create(root, { name });
      expect(writer.header.channelId).toBe(id);
      writer.write(Buffer.from(name));
      expect(channelIdOf(root, name)).toBe(id);
      expect(channelNameOf(root, id)).toBe(name);
      using reader = open(root, name);
      expect(reader.tryRead()?.toString()).toBe(name);
      using sameById = openReader(root, id);
      expect(sameById.tryRead()?.toString()).toBe(name);
    }
    expect(listChannelNames(root)).toEqual([
      { name: 'quotes', id: 1n },
      { name: 'orders', id: 3n },
    ]);
    expect(leftovers(root)).toEqual([]);
  });

  it('may have the id that is given', () => {
    const root = memoryFolder();
    using writer = create(root, { name: 'quotes', channelId: 2n ** 64n - 1n });
    expect(writer.header.channelId).toBe(2n ** 64n - 1n);
    expect(channelIdOf(root, { name: 'quotes', channelId: 2n ** 64n - 1n })).toBe(2n ** 64n - 1n);
    expect(codeOf(() => channelIdOf(root, { name: 'quotes', channelId: 1 }))).toBe('INVALID_ARGUMENT');
  });

  it('refuses a name or an id that a channel has, and leaves no trace', () => {
    const root = memoryFolder();
    create(root, { name: 'quotes' }).close();
    create(root, { channelId: 7 }).close();
    const before = fs.readdirSync(root, { recursive: true }).sort();
    for (const id of [{ name: 'quotes' }, { name: 'quotes', channelId: 9 }, { name: 'orders', channelId: 7 }])
      expect(codeOf(() => create(root, id))).toBe('STORAGE_ALREADY_EXISTS');
    expect(codeOf(() => create(root, { name: 'orders', channelId: 1 }))).toBe('STORAGE_ALREADY_EXISTS');
    expect(codeOf(() => create(root, { name: '7' }))).toBe('INVALID_ARGUMENT');
    expect(codeOf(() => create(root, {}))).toBe('INVALID_ARGUMENT');
    expect(fs.readdirSync(root, { recursive: true }).sort()).toEqual(before);
  });

  it('is created by the next process after its creator died at any step', () => {
    const root = memoryFolder();
    const steps = everyStep(root, () => create(root, { name: 'quotes' }).close());
    expect(steps.length).toBeGreaterThan(10);
    for (const { name: step, root: copy } of steps) {
      let created = true;
      try {
        create(copy, { name: 'quotes' }).close();
      } catch (error) {
        expect((error as { code: string }).code, step).toBe('STORAGE_ALREADY_EXISTS');
        created = false;
      }
      const [named, ...others] = listChannelNames(copy);
      expect(others, step).toEqual([]);
      expect(named?.name, step).toBe('quotes');
      if (!created) codeOf(() => openWriter(copy, 'quotes').close());
      open(copy, 'quotes').close();
      // A lock without the identity of its creator may be that of kekbit.
      const unknown = leftovers(copy).filter((file) => fs.statSync(file).size > 0);
      expect(unknown, step).toEqual([]);
    }
  });

  it.each(['EIO', 'ENOSPC', 'EACCES'])(
    'does not exist after a creation that failed with %s at any call, and the next one succeeds',
    (reason) => {
      const descriptors = openDescriptors();
      const calls = failEachCall(reason, {
        prepare: () => memoryFolder(),
        attempt: (root) => create(root, { name: 'quotes' }).close(),
        check(root, error) {
          if (error === null) return;
          expect(error).toBeInstanceOf(RingwireError);
          // A call that cannot be undone because it fails also is repaired by the next creation.
          const code = codeOf(() => create(root, { name: 'quotes' }).close());
          expect(['none', 'STORAGE_ALREADY_EXISTS'], String((error as Error).message)).toContain(code);
          expect(listChannelNames(root)).toHaveLength(1);
          // A journal exists before its first segment, which its next writer creates.
          if (code !== 'none') codeOf(() => openWriter(root, 'quotes').close());
          open(root, 'quotes').close();
        },
      });
      expect(calls).toBeGreaterThan(10);
      expect(openDescriptors()).toBe(descriptors);
    },
  );
});

describe('the open of a writer', () => {
  it.each([
    ['ring', (root: string) => RingWriter.open(root, { ...SMALL, name: 'quotes' })],
    ['journal', (root: string) => JournalWriter.open(root, { ...SMALL, name: 'quotes' })],
  ] as const)('creates a %s with the name, and resumes it afterwards', (_kind, open) => {
    const root = memoryFolder();
    const first = open(root);
    first.write(Buffer.from('one'));
    first.detach();
    const second = open(root);
    second.write(Buffer.from('two'));
    expect(second.header.channelId).toBe(1n);
    using reader = openReader(root, 'quotes');
    expect([reader.tryRead(), reader.tryRead()].map(String)).toEqual(['one', 'two']);
    second.close();
  });
});

describe('renameChannel', () => {
  it('keeps the id, and readers and writers continue', () => {
    const root = memoryFolder();
    using writer = RingWriter.create(root, { ...SMALL, name: 'quotes' });
    using reader = RingReader.open(root, 'quotes');
    expect(renameChannel(root, 'quotes', 'prices')).toEqual({ name: 'prices', id: 1n });
    writer.write(Buffer.from('one'));
    expect(reader.tryRead()?.toString()).toBe('one');
    expect(codeOf(() => channelIdOf(root, 'quotes'))).toBe('STORAGE_NOT_FOUND');
    expect(channelIdOf(root, 'prices')).toBe(1n);
  });

  it('gives a channel without a name its first one', () => {
    const root = memoryFolder();
    ShmWriter.create(root, { ...SMALL, channelId: 7 }).close();
    renameChannel(root, 7, 'quotes');
    renameChannel(root, 'quotes', 'quotes');
    expect(listChannelNames(root)).toEqual([{ name: 'quotes', id: 7n }]);
  });

  it('refuses a name that another channel has, a missing channel and an invalid name', () => {
    const root = memoryFolder();
    for (const name of ['quotes', 'orders']) ShmWriter.create(root, { ...SMALL, name }).close();
    expect(codeOf(() => renameChannel(root, 'quotes', 'orders'))).toBe('STORAGE_ALREADY_EXISTS');
    expect(codeOf(() => renameChannel(root, 'nothing', 'other'))).toBe('STORAGE_NOT_FOUND');
    expect(codeOf(() => renameChannel(root, 99, 'other'))).toBe('STORAGE_NOT_FOUND');
    expect(codeOf(() => renameChannel(root, 'quotes', 'a/b'))).toBe('INVALID_ARGUMENT');
    expect(listChannelNames(root).map(({ name }) => name)).toEqual(['quotes', 'orders']);
  });

  it('leaves the old name or the new one at any death', () => {
    const root = memoryFolder();
    ShmWriter.create(root, { ...SMALL, name: 'quotes' }).close();
    for (const { name: step, root: copy } of everyStep(root, () => renameChannel(root, 'quotes', 'prices'))) {
      const [named, ...others] = listChannelNames(copy);
      expect(others, step).toEqual([]);
      expect(['quotes', 'prices'], step).toContain(named?.name);
      expect(renameChannel(copy, named?.name ?? '', 'last'), step).toEqual({ name: 'last', id: 1n });
    }
  });
});

describe('a name without its channel', () => {
  it('is taken by the next creation, also for another id', () => {
    const root = memoryFolder();
    const writer = ShmWriter.create(root, { ...SMALL, name: 'quotes', channelId: 7 });
    writer.close();
    fs.rmSync(writer.path);
    expect(codeOf(() => ShmReader.open(root, 'quotes'))).toBe('STORAGE_NOT_FOUND');
    ShmWriter.create(root, { ...SMALL, name: 'quotes', channelId: 9 }).close();
    expect(listChannelNames(root)).toEqual([{ name: 'quotes', id: 9n }]);
  });

  it('goes with the lock of its creator, so that another channel of the id does not get it', () => {
    const root = memoryFolder();
    const steps = everyStep(root, () => ShmWriter.create(root, { ...SMALL, name: 'quotes', channelId: 7 }));
    const locked = steps.filter(({ root: copy }) => {
      const { lock, file } = channelPaths(copy, 7);
      return fs.existsSync(lock) && !fs.existsSync(file) && channelNameOf(copy, 7) !== null;
    });
    expect(locked.length).toBeGreaterThan(3);
    for (const { name: step, root: copy } of locked) {
      expect(removeStaleLock(copy, 7), step).toBe(true);
      ShmWriter.create(copy, { ...SMALL, channelId: 7 }).close();
      expect(channelNameOf(copy, 7), step).toBeNull();
    }
  });
});

describe('the lock of the names', () => {
  it.each([
    ['a symbolic link', (file: string) => fs.symlinkSync('/dev/null', file)],
    ['a folder', (file: string) => fs.mkdirSync(file)],
    ['a FIFO', (file: string) => execFileSync('mkfifo', [file])],
  ])('is refused if %s has its name, and readers of names need no lock', (_what, make) => {
    const root = memoryFolder();
    ShmWriter.create(root, { ...SMALL, name: 'quotes' }).close();
    const lock = path.join(root, 'names.lock');
    fs.rmSync(lock);
    make(lock);
    expect(codeOf(() => ShmWriter.create(root, { ...SMALL, name: 'orders' }))).toBe(
      'COULD_NOT_ACCESS_STORAGE',
    );
    expect(codeOf(() => renameChannel(root, 'quotes', 'prices'))).toBe('COULD_NOT_ACCESS_STORAGE');
    ShmReader.open(root, 'quotes').close();
    ShmWriter.create(root, { ...SMALL, channelId: 9 }).close();
  });

  it('may be removed while it is free', () => {
    const root = memoryFolder();
    for (const name of ['one', 'two']) {
      ShmWriter.create(root, { ...SMALL, name }).close();
      fs.rmSync(path.join(root, 'names.lock'));
    }
    expect(listChannelNames(root).map(({ name }) => name)).toEqual(['one', 'two']);
  });
});

it('names below two roots do not know each other', () => {
  const [one, two] = [memoryFolder(), memoryFolder()];
  for (const root of [one, two]) ShmWriter.create(root, { ...SMALL, name: 'quotes' }).close();
  renameChannel(one, 'quotes', 'prices');
  expect([one, two].map((root) => listChannelNames(root))).toEqual([
    [{ name: 'prices', id: 1n }],
    [{ name: 'quotes', id: 1n }],
  ]);
});

it('a creation by number between two creations by name takes no id twice', () => {
  const root = memoryFolder();
  const original = fs.openSync;
  let intruded = false;
  // Another process creates channel 1 by its number, just before the creation lock of the named one.
  fs.openSync = ((file: string, ...args: [string]) => {
    if (!intruded && file.endsWith('0000_0001.lock')) {
      intruded = true;
      ShmWriter.create(root, { ...SMALL, channelId: 1 }).close();
    }
    return original(file, ...args);
  }) as typeof fs.openSync;
  try {
    ShmWriter.create(root, { ...SMALL, name: 'quotes' }).close();
  } finally {
    fs.openSync = original;
  }
  expect(intruded).toBe(true);
  expect(listChannelNames(root)).toEqual([{ name: 'quotes', id: 2n }]);
  expect(channelNameOf(root, 1)).toBeNull();
});
