/** docs/spec.md and the source name the same invariants. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { documents, REPOSITORY, read } from './documents.js';

const ID = /\bINV(?:-[A-Z]+)+-\d\d\b/g;
const rows = [...read('docs/spec.md').matchAll(/^\| (INV(?:-[A-Z]+)+-\d\d) \|(.*)\|(.*)\|(.*)\|$/gm)].map(
  (row) => ({
    id: row[1] as string,
    keptBy: paths(row[3] ?? ''),
    verifiedBy: row[4]?.trim() ?? '',
  }),
);

describe('docs/spec.md', () => {
  it('has every invariant of the source, once', () => {
    const inSource = new Set(sources('src').flatMap((file) => idsIn(file)));
    expect(inSource.size).toBeGreaterThan(20);
    const documented = rows.map(({ id }) => id);
    expect([...inSource].filter((id) => !documented.includes(id))).toEqual([]);
    expect(new Set(documented).size).toBe(documented.length);
  });

  it.each(rows)('$id stands in the files that keep it', ({ id, keptBy }) => {
    expect(keptBy.length).toBeGreaterThan(0);
    expect(keptBy.some((file) => idsIn(file).includes(id))).toBe(true);
    for (const file of keptBy) expect(fs.existsSync(path.join(REPOSITORY, file)), file).toBe(true);
  });

  it.each(rows)('$id names tests that exist, or states that none verifies it', ({ verifiedBy }) => {
    const files = paths(verifiedBy);
    if (files.length === 0) expect(verifiedBy).toMatch(/^none of its own/);
    for (const file of files) expect(fs.existsSync(path.join(REPOSITORY, file)), file).toBe(true);
  });
});

describe('the table of the models', () => {
  const table = [
    ...read('docs/spec.md').matchAll(/^\| [^|]+\|( `BUG_[^|]+)\|([^|]+)\| (INV[^|]+) \|([^|]+)\|$/gm),
  ].map(([, bugs = '', functions = '', id, tests = '']) => ({
    bugs: bugs.match(/BUG_\w+/g) ?? [],
    functions: [...functions.matchAll(/`([^`]+)`/g)].map((match) => match[1] as string),
    id,
    tests: paths(tests),
  }));
  const models = ['overwrite-ring', 'back-pressure', 'weak-order']
    .map((name) => read(`test/model/${name}.pml`))
    .join();

  it('has every seeded bug of the models, once, and none that does not exist', () => {
    const seeded = new Set(models.match(/BUG_\w+/g) ?? []);
    expect(seeded.size).toBeGreaterThanOrEqual(8);
    expect(table.flatMap(({ bugs }) => bugs).sort()).toEqual([...seeded].sort());
  });

  it('names invariants, functions and tests that exist', () => {
    const source = ['src/channel', 'src/platform'].flatMap(sources).map(read).join();
    for (const { id, functions, tests } of table) {
      expect(rows.map((row) => row.id)).toContain(id);
      expect(functions.length, id).toBeGreaterThan(0);
      expect(tests.length, id).toBeGreaterThan(0);
      for (const test of tests) expect(fs.existsSync(path.join(REPOSITORY, test)), test).toBe(true);
      for (const name of functions) {
        const [owner, method] = name.split('.') as [string, string?];
        const pattern = method === undefined ? `function ${owner}\\(` : `  (static )?${method}\\(`;
        expect(source, name).toMatch(new RegExp(pattern));
        if (method !== undefined) expect(source, name).toContain(`class ${owner} `);
      }
    }
  });
});

it('the table of functions in C names functions of ringwire.h', () => {
  const header = read('src/peers/ringwire.h');
  const names = [...read('docs/spec.md').matchAll(/^\| [^|`]+ \| (`rw_[^|]+) \|$/gm)].flatMap(
    ([, list = '']) => [...list.matchAll(/`(rw_\w+)`/g)].map((match) => match[1] as string),
  );
  expect(names.length).toBeGreaterThan(15);
  for (const name of names) expect(header, name).toMatch(new RegExp(`^RW_API .*\\b${name}\\(.*\\{`, 'm'));
});

it('no document and no test names an invariant that does not exist', () => {
  const known = rows.map(({ id }) => id);
  const named = [...documents(), ...sources('test')].flatMap((file) => idsIn(file));
  expect(named.filter((id) => !known.includes(id))).toEqual([]);
});

function idsIn(file: string): string[] {
  return [...new Set(read(file).match(ID) ?? [])];
}

function paths(cell: string): string[] {
  return [...cell.matchAll(/`((?:src|test)\/[^`]+)`/g)].map((match) => match[1] as string);
}

function sources(folder: string): string[] {
  return fs
    .readdirSync(path.join(REPOSITORY, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(ts|mjs)$/.test(name))
    .map((name) => path.join(folder, name));
}
