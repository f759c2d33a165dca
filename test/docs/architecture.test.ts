/** docs/architecture.md: its drawings are those of the source, and its table names files and exports that exist. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { REPOSITORY, read } from './documents.js';

const { house, withHouse } = (await import(path.join(REPOSITORY, '.ci/docs/house.mjs'))) as {
  house: () => string;
  withHouse: (text: string, part: string) => string;
};
const page = read('docs/architecture.md');

it('draws the imports that dependency-cruiser finds; else: npm run docs', () => {
  expect(withHouse(page, house())).toBe(page);
});

it('names each module of src in the table of contents of modules', () => {
  const modules = fs
    .readdirSync(path.join(REPOSITORY, 'src'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => `src/${entry.name}`);
  const rows = [...page.matchAll(/^\| `(src\/\w+)` \|/gm)].map((row) => row[1]);
  expect(rows.sort()).toEqual(modules.sort());
});

describe('the table "I want to change"', () => {
  const rows = [...page.matchAll(/^\| ([^|]+) \| `(src\/[^`]+\.ts)` \| `(\w+)` \|$/gm)].map(
    ([, change = '', file = '', name = '']) => ({ change, file, name }),
  );

  it('has at least 20 rows', () => expect(rows.length).toBeGreaterThanOrEqual(20));

  it.each(rows)('to change $change: $file exports $name', ({ file, name }) => {
    const source = read(file);
    const declared = new RegExp(
      `^export (default |abstract |async )*(class|interface|type|const|function\\*?|enum) ${name}\\b`,
      'm',
    );
    const listed = [...source.matchAll(/^export (?:type )?\{([^}]*)\}/gm)].some((list) =>
      new RegExp(`\\b${name}\\b`).test(list[1] ?? ''),
    );
    expect(declared.test(source) || listed).toBe(true);
  });
});
