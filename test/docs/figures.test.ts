/** Every page that shows figures is what bench/ generates from docs/benchmarks.json. */
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { REPOSITORY, read } from './documents.js';

type Results = { readonly suites: object };
const { pages } = (await import(path.join(REPOSITORY, 'bench/pages.mjs'))) as {
  pages: (results: Results) => Map<string, string>;
};
const { checkedResults } = (await import(path.join(REPOSITORY, 'bench/results.mjs'))) as {
  checkedResults: (value: unknown, file: string) => Results;
};
const results = checkedResults(JSON.parse(read('docs/benchmarks.json')), 'docs/benchmarks.json');
const generated = [...pages(results)];

describe('figures', () => {
  it.each(generated)('of %s are generated from docs/benchmarks.json', (name, text) => {
    expect(read(name)).toBe(text);
    expect(text).not.toMatch(/NaN|undefined|Infinity/);
  });

  it('are in the README, the chart and every page with figures', () => {
    expect(generated.map(([name]) => name)).toEqual(
      expect.arrayContaining([
        ...['README.md', 'docs/aeron-benchmarks.md', 'docs/benchmarks.md', 'docs/benchmarks.svg'],
        ...['docs/guides/health.md', 'docs/ring-benchmarks.md'],
      ]),
    );
    expect(read('docs/benchmarks.svg')).toMatch(/^<svg [^>]*viewBox="0 0 \d+ \d+"/);
    expect(read('docs/benchmarks.svg').match(/<g /g)?.length).toBe(
      read('docs/benchmarks.svg').match(/<\/g>/g)?.length,
    );
  });

  it('are refused when they violate the schema', () => {
    expect(() => checkedResults({ schema: 2, suites: {} }, 'a.json')).toThrow('schema must be 1, not 2');
    expect(() => checkedResults({ schema: 1, suites: { ring: {} } }, 'a.json')).toThrow(
      /suite ring must have/,
    );
  });
});
