/** The grammar of names, and what a reader of the registry finds. */
import fs from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nameFileOf } from '../../../src/channel/files/channel-names.js';
import {
  channelIdOf,
  channelNameOf,
  channelPaths,
  isChannelName,
  listChannelNames,
} from '../../../src/channel/index.js';
import { codeOf } from '../../error-code.js';
import { temporaryFolder } from '../../temporary.js';

const CHARACTERS = 'ABCXYZabcxyz0123456789._-'.split('');

/** Writes a name file as the registry does. @returns its path */
function nameChannel(root: string, id: number | bigint, name: string): string {
  const { folder, file } = channelPaths(root, id);
  const named = nameFileOf({ file }, name);
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(named, '');
  return named;
}

describe('a name', () => {
  it.each(['quotes', 'q', 'orders.eu-west_1', '2024-orders', '7up', '0x7g', '_', 'a'.repeat(128)])(
    'may be %j',
    (name) => {
      expect(isChannelName(name)).toBe(true);
    },
  );

  it.each([
    '',
    '7',
    '007',
    '0x7',
    '0XfF',
    '0x',
    '.',
    '..',
    '.hidden',
    '-rf',
    'a/b',
    'a b',
    'a*',
    'a?',
    'a[b]',
    'a\0',
    'a\n',
    'naïve',
    'x.kekbit',
    'x.journal',
    'a'.repeat(129),
  ])('must not be %j', (name) => {
    expect(isChannelName(name)).toBe(false);
    expect(codeOf(() => channelIdOf(temporaryFolder(), name))).toBe('INVALID_ARGUMENT');
  });

  it('is a name or a number or refused, and fits into a file name with any id', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...CHARACTERS), maxLength: 130 }), (text) => {
        if (!isChannelName(text)) return;
        expect(text).toMatch(/^[\w.-]{1,128}$/);
        expect(text).not.toMatch(/^(\d+|0x[\da-f]*)$/i);
        const file = path.basename(nameFileOf(channelPaths('/r', 2n ** 64n - 1n), text));
        expect(Buffer.byteLength(file)).toBeLessThan(255);
      }),
    );
  });

  it('that is written is found, at its id, and by its id', () => {
    const parent = temporaryFolder();
    fc.assert(
      fc.property(
        fc
          .string({ unit: fc.constantFrom(...CHARACTERS), minLength: 1, maxLength: 128 })
          .filter(isChannelName),
        fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
        (name, id) => {
          const root = fs.mkdtempSync(path.join(parent, 'r'));
          nameChannel(root, id, name);
          expect(channelIdOf(root, name)).toBe(id);
          expect(channelNameOf(root, id)).toBe(name);
          expect(listChannelNames(root)).toEqual([{ name, id }]);
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe('a reader of the registry', () => {
  it('finds no name below a root that does not exist', () => {
    const root = path.join(temporaryFolder(), 'none');
    expect(codeOf(() => channelIdOf(root, 'quotes'))).toBe('STORAGE_NOT_FOUND');
    expect(channelNameOf(root, 7)).toBeNull();
  });

  it('tells the names of two roots apart', () => {
    const [one, two] = [temporaryFolder(), temporaryFolder()];
    nameChannel(one, 1, 'quotes');
    nameChannel(two, 2, 'quotes');
    expect([channelIdOf(one, 'quotes'), channelIdOf(two, 'quotes')]).toEqual([1n, 2n]);
  });

  it('ignores a symbolic link, a folder and an invalid name in place of a name file', () => {
    const root = temporaryFolder();
    const target = nameChannel(root, 7, 'quotes');
    fs.symlinkSync(target, target.replace('quotes', 'linked'));
    fs.mkdirSync(target.replace('quotes', 'folder'));
    fs.writeFileSync(target.replace('quotes', '8'), '');
    fs.writeFileSync(target.replace('quotes', 'a b'), '');
    expect(listChannelNames(root)).toEqual([{ name: 'quotes', id: 7n }]);
    expect(codeOf(() => channelIdOf(root, 'linked'))).toBe('STORAGE_NOT_FOUND');
  });

  it('reports a folder in place of the root that is a file', () => {
    const root = path.join(temporaryFolder(), 'file');
    fs.writeFileSync(root, '');
    expect(codeOf(() => channelIdOf(root, 'quotes'))).toBe('STORAGE_NOT_FOUND');
    expect(codeOf(() => channelIdOf('', 'quotes'))).toBe('INVALID_ARGUMENT');
  });
});
