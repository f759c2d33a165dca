// @ts-check
/** The table of ratios in the README. */
import { resultsOf } from '../results.mjs';
import { bestOf } from './best.mjs';

const BEGIN = '<!-- benchmarks:begin -->';
const END = '<!-- benchmarks:end -->';

/** The table, as Markdown. Records of 64 bytes between two processes; the fastest way of ringwire against each alternative. */
export function firstScreenTable(/** @type {import('../results.mjs').Results} */ all) {
  const results = resultsOf(all);
  const machine = all.suites['throughput']?.machine;
  const best = bestOf(results.throughput);
  if (best === null || machine === undefined)
    throw new Error('docs/benchmarks.json has no throughput: npm run bench');
  const { 'round-trips': roundTrips, rivals = [], throughput } = results;
  const toC = Math.max(
    ...throughput
      .filter((/** @type {any} */ row) => row.length === 64 && row.ratio !== null)
      .map((/** @type {any} */ row) => row.ratio),
  );
  const lines = [
    '| 64-byte records between two processes | throughput: ringwire against it | round trip: ringwire against it |',
    '|---|---|---|',
  ];
  for (const { name, recordsPerSecond, roundTripNanos, skipped } of rivals) {
    if (skipped !== undefined) continue;
    const trip = roundTripNanos.p50 / roundTrips.ours.p50;
    lines.push(`| ${name} | ${times(best / recordsPerSecond)} | ${times(trip)} |`);
  }
  if (Number.isFinite(toC)) {
    lines.push(`| a C program on the same file layout | ${times(toC)} | ${times(1 / roundTrips.ratio)} |`);
  }
  lines.push(
    '',
    `"2 times" is twice as fast, "0.5 times" half as fast. ${(best / 1e6).toFixed(0)} million records a second, every record`,
    `verified at the reader; ${machine.cpu}, ${machine.cores} cores, Node ${machine.node}, all sides in one run.`,
    '[All figures, and the targets that are not met](docs/benchmarks.md).',
  );
  return lines.join('\n');
}

/** The README with the table between its markers. */
export function withTable(
  /** @type {string} */ readme,
  /** @type {import('../results.mjs').Results} */ results,
) {
  const begin = readme.indexOf(BEGIN);
  const end = readme.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`the README has no ${BEGIN} … ${END}`);
  return `${readme.slice(0, begin + BEGIN.length)}\n${firstScreenTable(results)}\n${readme.slice(end)}`;
}

function times(/** @type {number} */ ratio) {
  return `${ratio >= 10 ? ratio.toFixed(0) : ratio.toPrecision(2)} times`;
}
