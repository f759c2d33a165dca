/** How commands name channels: ids, names, paths and patterns. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { channelPaths } from '../../src/channel/index.js';
import {
  channelArgument,
  channelLabel,
  channelNamed,
  channelsMatching,
} from '../../src/cli/channel-argument.js';
import { matchesGlob } from '../../src/cli/channel-glob.js';
import { codeOf } from '../error-code.js';
import { temporaryFolder } from '../temporary.js';

/** A root with the files of channels, which hold nothing. */
function rootWith(channels: Readonly<Record<number, string>>): string {
  const root = temporaryFolder();
  for (const [id, name] of Object.entries(channels)) {
    const { folder, file } = channelPaths(root, BigInt(id));
    fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(file, '');
    if (name !== '') fs.writeFileSync(file.replace(/kekbit$/, `${name}.name`), '');
  }
  return root;
}

describe('channelsMatching', () => {
  const names = { 3: '', 4: 'log-a', 5: 'log-b', 6: 'quotes', 12: '' };

  it.each([
    [['quotes'], ['quotes (6)']],
    [['6'], ['quotes (6)']],
    [['0x6'], ['quotes (6)']],
    [['log-*'], ['log-a (4)', 'log-b (5)']],
    [['log-[!a]'], ['log-b (5)']],
    [
      ['log-?', 'quotes', 'log-b'],
      ['log-a (4)', 'log-b (5)', 'quotes (6)'],
    ],
    [['*'], ['3', 'log-a (4)', 'log-b (5)', 'quotes (6)', '12']],
    [['1*'], ['12']],
    [['none-*'], []],
    [['99'], ['99']],
  ])('%j names %j', (patterns, labels) => {
    const root = rootWith(names);
    expect(channelsMatching(patterns, { root }).map(channelLabel)).toEqual(labels);
  });

  it('takes the path of a channel, below its own root', () => {
    const [one, two] = [rootWith({ 7: 'quotes' }), rootWith({ 7: 'orders' })];
    const file = path.join(two, '0000_0000', '0000_0007.kekbit');
    const found = channelsMatching(['quotes', file], { root: one });
    expect(found).toEqual([
      { root: one, id: 7n, name: 'quotes' },
      { root: two, id: 7n, name: 'orders' },
    ]);
  });

  it('refuses an unknown name and an invalid one, and finds nothing below a missing root', () => {
    const root = rootWith(names);
    expect(codeOf(() => channelsMatching(['nothing'], { root }))).toBe('STORAGE_NOT_FOUND');
    expect(codeOf(() => channelsMatching(['a b'], { root }))).toBe('INVALID_ARGUMENT');
    expect(channelsMatching(['*'], { root: path.join(root, 'missing') })).toEqual([]);
  });
});

describe('the argument of a channel', () => {
  it('is resolved to id and name', () => {
    const root = rootWith({ 7: 'quotes', 8: '' });
    expect(channelNamed(channelArgument('quotes'), { root })).toEqual({ root, id: 7n, name: 'quotes' });
    expect(channelNamed(channelArgument('8'), { root })).toEqual({ root, id: 8n });
    expect(codeOf(() => channelNamed(channelArgument('orders'), { root }))).toBe('STORAGE_NOT_FOUND');
  });

  it.each(['', 'a b', 'a*', '-1', '99999999999999999999', '.x', 'x.kekbit'])('is refused: %j', (text) => {
    expect(() => channelArgument(text)).toThrow(/^(It|The path of a channel) must /);
  });
});

describe('a pattern', () => {
  it.each([
    ['quotes', 'q*s', true],
    ['quotes', '*', true],
    ['quotes', 'quotes?', false],
    ['quotes', '[a-q]uotes', true],
    ['quotes', '[!a-q]uotes', false],
    ['a.b', 'a.*', true],
    ['axb', 'a.*', false],
    ['a-b', 'a[-_]b', true],
    ['a]', 'a[z-a]', false],
    ['a[', 'a[', true],
  ])('%j by %j: %s', (name, glob, matches) => {
    expect(matchesGlob(name, glob)).toBe(matches);
  });
});
