// @ts-check
/** What the figures should be, and whether they are. A figure that could not be measured is neither. */
import { median } from './statistics.mjs';

/** @typedef {{ name: string, target: string, measured: string, met: boolean | null }} Verdict */

/** @param {any} results of all suites; a suite that did not run is missing @returns {Verdict[]} */
export function judge({ throughput, roundTrips, doorbell, allocation }) {
  /** @type {Verdict[]} */
  const verdicts = [];
  /** @param {string} name @param {string} target @param {number | null | undefined} value @param {(value: number) => boolean} met @param {(value: number) => string} show */
  const add = (name, target, value, met, show) =>
    verdicts.push({
      name,
      target,
      measured: value == null ? 'not measured' : show(value),
      met: value == null ? null : met(value),
    });
  const times = (/** @type {number} */ value) => `${value.toFixed(2)} times`;
  if (throughput !== undefined) {
    for (const [mode, least, name] of /** @type {const} */ ([
      ['write', 0.5, 'write with poll'],
      ['claim', 0.8, 'tryClaim/commit with poll'],
      ['batch', 0.8, 'writeBatch with poll'],
    ])) {
      // Every pair of runs counts, whichever the back end: picking the better one would pick the noise.
      const ratios = throughput
        .filter((/** @type {any} */ row) => row.length === 64 && row.mode === mode)
        .flatMap((/** @type {any} */ row) => row.runs)
        .filter((/** @type {any} */ { native }) => native !== null)
        .map((/** @type {any} */ { ours, native }) => ours / native);
      const middle = ratios.length === 0 ? null : median(ratios);
      add(`${name}, rate against C`, `at least ${least}`, middle, (value) => value >= least, times);
    }
  }
  if (roundTrips !== undefined)
    add('round trip p50 against C', 'at most 1.25', roundTrips.ratio, (value) => value <= 1.25, times);
  for (const { mode, idleCpu, wakeMicros } of doorbell ?? []) {
    add(`doorbell (${mode}), processor while idle`, 'below 1 %', idleCpu, (value) => value < 0.01, percent);
    add(`doorbell (${mode}), wake-up p50`, 'below 100 µs', wakeMicros.p50, (value) => value < 100, micros);
  }
  for (const { name, bytesPerRecord, collections } of allocation ?? [])
    add(
      `${name}, heap bytes per record`,
      '0',
      collections === 0 ? bytesPerRecord : null,
      (value) => Math.abs(value) < 0.05,
      (value) => value.toFixed(2),
    );
  return verdicts;
}

const percent = (/** @type {number} */ share) => `${(share * 100).toFixed(2)} %`;
const micros = (/** @type {number} */ value) => `${value.toFixed(0)} µs`;

/** @param {Verdict} verdict */
export function verdictText({ met }) {
  return met === null ? 'not measured' : met ? 'met' : 'not met';
}
