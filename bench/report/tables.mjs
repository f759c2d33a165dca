// @ts-check
/** The results of a suite as tables, the same for the terminal and for the pages. */
import { resultsOf } from '../results.mjs';
import { SUITES } from '../suites.mjs';
import { verdictText } from '../targets.mjs';

/** @typedef {{ title: string, note?: string, head: string[], rows: string[][] }} Table */

/** Targets first, then what was measured. @param {import('../results.mjs').Results} results @param {string} name @returns {Table[]} */
export function tablesOf(results, name) {
  const measured = results.suites[name];
  const suite = SUITES[name];
  if (suite === undefined) throw new TypeError(`unknown suite '${name}'`);
  if (measured === undefined) return [];
  const targets = measured.targets.map((verdict) => [
    verdict.name,
    verdict.target,
    verdict.measured,
    verdictText(verdict),
  ]);
  return [
    ...(targets.length === 0
      ? []
      : [{ title: 'Targets', head: ['figure', 'target', 'measured', ''], rows: targets }]),
    ...suite.tables(measured.results, resultsOf(results)),
  ];
}
