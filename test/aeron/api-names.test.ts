/** docs/aeron-api.md names exports that exist. */
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import * as entryPoint from '../../src/aeron/index.js';

const page = fs.readFileSync(path.resolve(import.meta.dirname, '../../docs/aeron-api.md'), 'utf8');
const table = page.slice(0, page.indexOf('## What has no counterpart'));
const cells = table
  .split('\n')
  .flatMap((line) => (line.startsWith('| `') ? [line.split(' | ')[2] ?? ''] : []));
const names = cells.flatMap((cell) =>
  [...cell.matchAll(/`([A-Z]\w+(?:[#.]\w+)?)`/g)].map((m) => m[1] as string),
);

const folder = path.resolve(import.meta.dirname, '../../src/aeron');
const sources = fs
  .readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => fs.readFileSync(path.join(folder, name), 'utf8'));

test('every name in the last column exists', () => {
  expect(names.length).toBeGreaterThan(50);
  const missing = names.filter((name) => {
    const [owner = '', member] = name.split(/[#.]/);
    const value = (entryPoint as Record<string, unknown>)[owner] as { prototype: object } | undefined;
    if (member === undefined) return value === undefined;
    if (name.includes('.')) return value === undefined || !(member in value);
    return !(value !== undefined && member in value.prototype) && !declares(owner, member);
  });
  expect(missing).toEqual([]);
});

/** Whether a class, or one that it extends, declares a member: fields are no part of a prototype. */
function declares(owner: string, member: string): boolean {
  const source = sources.find((text) => new RegExp(`class ${owner}\\b`).test(text));
  if (source === undefined) return false;
  if (new RegExp(`^  (readonly |get |set |async )?${member}\\b`, 'm').test(source)) return true;
  const base = new RegExp(`class ${owner}\\b.* extends (\\w+)`).exec(source)?.[1];
  return base !== undefined && declares(base, member);
}

test('every class of the entry point is named', () => {
  const classes = Object.entries(entryPoint).filter(([, value]) => String(value).startsWith('class'));
  const unnamed = classes.map(([name]) => name).filter((name) => !page.includes(`\`${name}`));
  expect(unnamed).toEqual([]);
});
