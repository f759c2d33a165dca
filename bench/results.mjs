// @ts-check
/**
 * The schema of results, docs/benchmarks.json:
 *
 *     { schema: 1, suites: { NAME: { machine, quick, results, targets } } }
 *
 * `machine`: machine and date of the measurement; `quick`: whether the sizes are too small to quote; `results`: the value
 * that `measure` returned; `targets` are the verdicts of targets.mjs. A suite that was not measured is missing.
 */
import { existsSync, readFileSync } from 'node:fs';

export const SCHEMA = 1;

/**
 * @typedef {{ cpu: string, cores: number, kernel: string, arch: string, node: string, v8: string, date: string, places?: import('./topology.mjs').Places }} Machine
 * @typedef {{ machine: Machine, quick: boolean, results: any, targets: import('./targets.mjs').Verdict[] }} Measured
 * @typedef {{ schema: 1, suites: Record<string, Measured> }} Results
 */

/** The results in a file, or none when it does not exist. @param {string} file @returns {Results} */
export function readResults(file) {
  if (!existsSync(file)) return { schema: SCHEMA, suites: {} };
  return checkedResults(JSON.parse(readFileSync(file, 'utf8')), file);
}

/** @param {any} value @param {string} file named in errors @returns {Results} @throws TypeError when it does not follow the schema */
export function checkedResults(value, file) {
  if (value?.schema !== SCHEMA)
    throw new TypeError(`${file}: schema must be ${SCHEMA}, not ${value?.schema}`);
  for (const [name, suite] of Object.entries(value.suites)) {
    const { machine, quick, results, targets } = /** @type {Measured} */ (suite);
    const known =
      typeof machine?.date === 'string' &&
      typeof quick === 'boolean' &&
      results != null &&
      Array.isArray(targets);
    if (!known) throw new TypeError(`${file}: suite ${name} must have machine, quick, results and targets`);
  }
  return value;
}

/** What each suite measured, by its name. @param {Results} results @returns {Record<string, any>} */
export function resultsOf({ suites }) {
  return Object.fromEntries(Object.entries(suites).map(([name, { results }]) => [name, results]));
}
