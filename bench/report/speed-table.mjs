// @ts-check
/** The first table of docs/benchmarks.md: each target of speed, on the oldest and the newest Node. */
import { SPEED_TARGETS } from '../speed-targets.mjs';
import { verdictOf } from '../targets.mjs';

/** @typedef {import('../results.mjs').Results} Results */

/** @param {Results} oldest @param {Results} newest */
export function speedTable(oldest, newest) {
  const sides = [oldest, newest];
  const rows = SPEED_TARGETS.map((target) => {
    const verdicts = sides.map(({ suites }) => {
      const measured = suites[target.suite];
      return measured === undefined ? null : verdictOf(target, measured.results);
    });
    return [
      target.figure,
      target.target,
      ...verdicts.map((verdict) => verdict?.measured ?? '-'),
      summary(verdicts),
    ];
  });
  const names = sides.map((side, i) => nodeOf(side) ?? ['oldest Node', 'newest Node'][i] ?? '');
  const met = rows.filter((cells) => cells.at(-1) === 'met').length;
  const quick = sides.some(({ suites }) => Object.values(suites).some((suite) => suite.quick));
  return {
    note: `${met} of ${rows.length} met on each Node that was measured.${quick ? ' Some figures come from quick sizes and are not to quote.' : ''}`,
    head: ['figure', 'target', ...names, ''],
    rows,
  };
}

/** @param {({ met: boolean | null } | null)[]} verdicts */
function summary(verdicts) {
  const known = verdicts.flatMap((verdict) => (verdict?.met == null ? [] : [verdict.met]));
  if (known.length === 0) return 'not measured';
  if (known.every(Boolean)) return 'met';
  return known.some(Boolean) ? 'met on one' : 'not met';
}

/** The version that measured most suites of speed. @param {Results} results @returns {string | null} */
function nodeOf({ suites }) {
  const [first] = SPEED_TARGETS.flatMap(({ suite }) => suites[suite]?.machine.node ?? []);
  return first === undefined ? null : `Node ${first}`;
}
