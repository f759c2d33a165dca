/** docs/README.md and llms.txt list every page; README.md leads to both. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { documents, links, REPOSITORY, read } from './documents.js';

const pages = [
  ...documents().filter((page) => page.startsWith('docs/') && page !== 'docs/README.md'),
  'docs/api/README.md',
];

/** Pages of a list, as paths relative to the repository, in their order. */
const listed = (list: string): string[] =>
  links(read(list))
    .filter((target) => !/^(https?:|#)/.test(target))
    .map((target) => path.posix.join(path.posix.dirname(list), target.split('#')[0] ?? ''));

describe.each(['docs/README.md', 'llms.txt'])('%s', (list) => {
  it('lists every page', () => {
    expect(pages.filter((page) => !listed(list).includes(page))).toEqual([]);
  });

  it('describes each page in one line', () => {
    const lines = read(list)
      .split('\n')
      .filter((line) => line.startsWith('- '));
    expect(lines.length).toBeGreaterThan(30);
    expect(lines.filter((line) => !/^- \[[^\]]+\]\([^)]+\): .+\.$/.test(line))).toEqual([]);
  });

  it('names no page that does not exist', () => {
    expect(listed(list).filter((page) => !fs.existsSync(path.join(REPOSITORY, page)))).toEqual([]);
  });
});

it('README.md leads to the list of pages and to llms.txt', () => {
  expect(listed('README.md')).toEqual(expect.arrayContaining(['docs/README.md', 'llms.txt']));
});

it('each page of the documents that the source names exists', () => {
  const named = fs
    .readdirSync(path.join(REPOSITORY, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .flatMap((name) =>
      [...read(`src/${name}`).matchAll(/\bdocs\/[\w/-]+\.md\b/g)].map((match) => [name, match[0]] as const),
    );
  expect(named.length).toBeGreaterThan(5);
  expect(named.filter(([, page]) => !fs.existsSync(path.join(REPOSITORY, page)))).toEqual([]);
});
