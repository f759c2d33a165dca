/** docs/aeron-api.md names what exists. */
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import * as door from '../../src/aeron/index.js';

const page = fs.readFileSync(path.resolve(import.meta.dirname, '../../docs/aeron-api.md'), 'utf8');
const table = page.slice(0, page.indexOf('## What has no counterpart'));
const cells = table
  .split('\n')
  .flatMap((line) => (line.startsWith('| `') ? [line.split(' | ')[2] ?? ''] : []));
const names = cells.flatMap((cell) =>
  [...cell.matchAll(/`([A-Z]\w+(?:[#.]\w+)?)`/g)].map((m) => m[1] as string),
);

test('every name in the last column is there', () => {
  expect(names.length).toBeGreaterThan(50);
  const missing = names.filter((name) => {
    const [owner = '', member] = name.split(/[#.]/);
    const value = (door as Record<string, unknown>)[owner] as { prototype: object } | undefined;
    if (member === undefined || value === undefined) return value === undefined;
    return name.includes('.') ? !(member in value) : !(member in value.prototype || isField(owner, member));
  });
  expect(missing).toEqual([]);
});

/** Fields are no part of a prototype: they are looked up in the source. */
function isField(owner: string, member: string): boolean {
  const folder = path.resolve(import.meta.dirname, '../../src/aeron');
  return fs
    .readdirSync(folder)
    .filter((name) => name.endsWith('.ts'))
    .map((name) => fs.readFileSync(path.join(folder, name), 'utf8'))
    .some((text) => text.includes(`class ${owner}`) && text.includes(`readonly ${member}`));
}

test('every class that the door has is named', () => {
  const classes = Object.entries(door).filter(([, value]) => String(value).startsWith('class'));
  const unnamed = classes.map(([name]) => name).filter((name) => !page.includes(`\`${name}`));
  expect(unnamed).toEqual([]);
});
