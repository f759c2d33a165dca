// @ts-check
/** Writes every page that shows figures from docs/benchmarks.json: npm run bench:pages. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { withFigures } from './report/markdown.mjs';
import { withTable } from './report/readme.mjs';
import { svgChart } from './report/svg-chart.mjs';
import { readResults, resultsOf } from './results.mjs';

export const ROOT = path.resolve(import.meta.dirname, '..');
export const RESULTS = path.join(ROOT, 'docs/benchmarks.json');

/** Every generated page below a root folder, with the text it must have. @param {import('./results.mjs').Results} results @returns {Map<string, string>} */
export function pages(results) {
  /** @type {Map<string, string>} */
  const texts = new Map();
  const docs = readdirSync(path.join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' });
  for (const name of docs.filter((file) => file.endsWith('.md')).map((file) => path.join('docs', file))) {
    const text = readFileSync(path.join(ROOT, name), 'utf8');
    if (text.includes('<!-- figures of ')) texts.set(name, withFigures(text, results));
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
