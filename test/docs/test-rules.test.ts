/** The rules of docs/testing.md, as far as the text of a test shows them. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { projects } from '../projects.js';
import { randomFrom, SEED, wholeNumbersFrom } from '../seed.js';
import { SIZE, sized } from '../size.js';
import { REPOSITORY, read } from './documents.js';

const files = fs
  .readdirSync(path.join(REPOSITORY, 'test'), { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.(ts|mjs)$/.test(name))
  .map((name) => path.posix.join('test', name));
const RULES = path.posix.join('test', 'docs', path.basename(import.meta.filename));

/** The lines of all files of the tests, but for these, that match. */
function lines(pattern: RegExp, ...allowed: string[]): string[] {
  return files
    .filter((file) => file !== RULES && !allowed.includes(file))
    .flatMap((file) =>
      read(file)
        .split('\n')
        .map((line) => `${file}: ${line.trim()}`),
    )
    .filter((line) => pattern.test(line));
}

describe('a test', () => {
  it('takes random numbers from the seed of the run alone', () => {
    expect(lines(/Math\.random\(/, 'test/seed.ts')).toEqual([]);
  });

  it('takes its size from test/size.ts alone', () => {
    expect(lines(/RINGWIRE_(LONG|SIZE)\b/, 'test/size.ts')).toEqual([]);
  });

  it('compares elapsed time with an upper bound in the long size alone', () => {
    const bounded = lines(/expect\(.*performance\.now\(\) - \w+\)\.toBeLessThan/);
    expect(bounded.filter((line) => !line.includes('if (MEASURES) '))).toEqual([]);
  });

  it('reads vectors below test/vectors alone', () => {
    expect(lines(/RINGWIRE_SHARED|\.\.\/shared/)).toEqual([]);
    for (const kind of ['aeron', 'control', 'kekbit', 'vlp'])
      expect(fs.existsSync(path.join(REPOSITORY, 'test/vectors', kind, 'README.md')), kind).toBe(true);
  });
});

describe('the projects', () => {
  const { pure, processes, alone } = projects();

  it('have every test file once', () => {
    const all = files.filter((file) => file.endsWith('.test.ts')).sort();
    expect([...pure, ...processes, ...alone].sort()).toEqual(all);
  });

  it('run a file that starts processes, also through a helper, among the processes', () => {
    expect(processes).toContain('test/platform/file-lock.test.ts');
    expect(processes).toContain('test/health/vlp-command.test.ts');
    expect(pure).toContain('test/platform/quantities.test.ts');
  });
});

describe('the seed', () => {
  it('comes from the environment, is inherited by processes, and repeats the same numbers', () => {
    expect(process.env['RINGWIRE_SEED']).toBe(String(SEED));
    const take = (seed: number) => Array.from({ length: 5 }, randomFrom(seed));
    expect(take(SEED)).toEqual(take(SEED));
    expect(take(SEED)).not.toEqual(take(SEED + 1));
    const below = Array.from({ length: 1000 }, () => 8).map(wholeNumbersFrom(SEED));
    expect([...new Set(below)].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });
});

describe('the size', () => {
  it('selects one of three values, which a variable overrides', () => {
    const values = { test: 1, all: 2, long: 3 };
    expect(sized(values)).toBe(values[SIZE]);
    expect(sized(values, 'RINGWIRE_NO_SUCH_VARIABLE')).toBe(values[SIZE]);
    process.env['RINGWIRE_TEST_AMOUNT'] = '7';
    expect(sized(values, 'RINGWIRE_TEST_AMOUNT')).toBe(7);
    process.env['RINGWIRE_TEST_AMOUNT'] = 'many';
    expect(() => sized(values, 'RINGWIRE_TEST_AMOUNT')).toThrow(/must be a number above 0, not 'many'/);
    delete process.env['RINGWIRE_TEST_AMOUNT'];
  });
});
