/** docs/errors.md is complete in both directions. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { REPOSITORY, read } from './documents.js';

const rows = [...read('docs/errors.md').matchAll(/^\| `([A-Z_]+)` \|(.*)\|(.*)\|(.*)\|$/gm)];
const documented = rows.map((row) => row[1] as string);
const source = fs.readFileSync(path.join(REPOSITORY, 'src/platform/ringwire-error.ts'), 'utf8');
const union = /export type ErrorCode =([^;]+);/.exec(source)?.[1] ?? '';
const codes = [...union.matchAll(/'([A-Z_]+)'/g)].map((match) => match[1] as string);

describe('docs/errors.md', () => {
  it('describes every code, with its name in the original or "none"', () => {
    expect(codes.length).toBeGreaterThan(20);
    expect(codes.filter((code) => !documented.includes(code))).toEqual([]);
    for (const row of rows) expect(row[2]?.trim().length, row[1]).toBeGreaterThan(0);
    for (const row of rows) expect(row[3]?.trim().length, row[1]).toBeGreaterThan(10);
  });

  it('names no code that does not exist, and none twice', () => {
    expect(documented.filter((code) => !codes.includes(code))).toEqual([]);
    expect(new Set(documented).size).toBe(documented.length);
  });

  it('lists only codes that some source file gives to an error: neither a type nor a comment counts', () => {
    const folder = path.join(REPOSITORY, 'src');
    const given = fs
      .readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .flatMap((file) => fs.readFileSync(path.join(folder, file), 'utf8').split('\n'))
      .filter((line) => !/^ *(\| '[A-Z_]+';?$|\*|\/\*|\/\/)/.test(line))
      .join('\n');
    expect(codes.filter((code) => !new RegExp(`'${code}'|\\b${code}:`).test(given))).toEqual([]);
  });
});
