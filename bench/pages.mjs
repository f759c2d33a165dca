// @ts-check
/** Writes every page that shows figures from docs/benchmarks.json and docs/benchmarks-newest.json: npm run bench:pages. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { withFigures } from './report/markdown.mjs';
import { withTable } from './report/readme.mjs';
import { svgChart } from './report/svg-chart.mjs';
import { readResults, resultsOf } from './results.mjs';

export const ROOT = path.resolve(import.meta.dirname, '..');
/** The figures of the oldest Node that is supported; all pages show them. */
export const RESULTS = path.join(ROOT, 'docs/benchmarks.json');
/** The figures of the newest Node, for the table of targets. */
export const NEWEST = path.join(ROOT, 'docs/benchmarks-newest.json');
const OLDEST_MAJOR = 'v20.';

/** Where the figures of this Node belong. @param {string} version `process.version` */
export const resultsFileOf = (version) => (version.startsWith(OLDEST_MAJOR) ? RESULTS : NEWEST);

/**
 * Every generated page below a root folder, with the text it must have.
 * @param {import('./results.mjs').Results} results @param {import('./results.mjs').Results} [newest] default: as recorded
 * @returns {Map<string, string>}
 */
export function pages(results, newest = readResults(NEWEST)) {
  /** @type {Map<string, string>} */
  const texts = new Map();
  const docs = readdirSync(path.join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' });
  for (const name of docs.filter((file) => file.endsWith('.md')).map((file) => path.join('docs', file))) {
    const text = readFileSync(path.join(ROOT, name), 'utf8');
    if (text.includes('<!-- figures of ')) texts.set(name, withFigures(text, results, newest));
  }
  texts.set('docs/benchmarks.svg', svgChart(resultsOf(results)));
  texts.set('README.md', withTable(readFileSync(path.join(ROOT, 'README.md'), 'utf8'), results));
  return texts;
}

/** @param {import('./results.mjs').Results} results */
export function writePages(results) {
  for (const [name, text] of pages(results)) writeFileSync(path.join(ROOT, name), text);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writePages(readResults(RESULTS));
