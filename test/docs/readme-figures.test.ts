/** The figures of the README are those of docs/benchmarks.json, and of nothing else. */
import path from 'node:path';
import { expect, it } from 'vitest';
import { REPOSITORY, read } from './documents.js';

const { withTable } = (await import(path.join(REPOSITORY, 'bench/readme.mjs'))) as {
  withTable: (readme: string, report: unknown) => string;
};

it('the table of the README is what bench/readme.mjs makes of the measured figures', () => {
  const readme = read('README.md');
  expect(withTable(readme, JSON.parse(read('docs/benchmarks.json')))).toBe(readme);
});
