// @ts-check
/**
 * The targets of speed, one row each: ratios to the best C of the same run, the smallest of rounds in one process, the
 * median of rounds between two. A figure that was not measured has no verdict.
 */

import { median } from './statistics.mjs';

/**
 * @typedef {object} SpeedTarget
 * @property {string} suite that measures it
 * @property {string} figure
 * @property {string} target
 * @property {(results: any) => number | null | undefined} value
 * @property {(value: number) => boolean} met
 * @property {(value: number) => string} show
 * @property {(results: any) => number | null | undefined} [native] the figure of C, in the same unit
 * @property {(results: any) => number[]} [rounds] the value of each round, if there are several
 */

const nanos = (/** @type {number} */ value) => `${value.toFixed(1)} ns`;
const times = (/** @type {number} */ value) => value.toFixed(2);

/** @param {string} figure @param {string} kind of channel @param {string} name of a way @param {number} most nanoseconds @returns {SpeedTarget} */
function atMostNanos(figure, kind, name, most) {
  const row = (/** @type {any} */ { figures }) =>
    figures.find((/** @type {any} */ one) => one.kind === kind && one.name === name);
  return {
    suite: 'in-process',
    figure: `${kind}: ${figure}, in process`,
    target: `at most ${most} ns`,
    value: (results) => row(results)?.nanos,
    native: (results) => row(results)?.native,
    met: (value) => value <= most,
    show: nanos,
  };
}

/** @param {Omit<SpeedTarget, 'target' | 'met' | 'show'>} rest @param {number} least @returns {SpeedTarget} */
const atLeast = (rest, least) => ({
  ...rest,
  target: `at least ${least}`,
  met: (value) => value >= least,
  show: times,
});

/** @param {Omit<SpeedTarget, 'target' | 'met' | 'show'>} rest @param {number} most @returns {SpeedTarget} */
const atMost = (rest, most) => ({
  ...rest,
  target: `at most ${most}`,
  met: (value) => value <= most,
  show: times,
});

/** Every channel has these ways of writing and reading. */
const IN_PROCESS = ['ring', 'log'].flatMap((kind) => [
  atMostNanos('`tryWrite`, known buffer', kind, 'tryWrite', 16),
  atMostNanos('claim/commit', kind, 'claim', 14),
  atMostNanos('staged, 16 a publication', kind, 'staged', 10),
  atMostNanos('`writeBatch` of 16', kind, 'writeBatch', 13),
  atMostNanos('fresh 64-byte Buffer, allocation included', kind, 'fresh', 40),
  atMostNanos('`writeUtf8` of 40 characters', kind, 'writeUtf8', 60),
  atMostNanos('`poll` with a verifying handler, cached', kind, 'poll', 8),
]);

/**
 * The ratio to C at 64 bytes, and that of each round.
 * @param {string} key `mode` or `name` @param {string} name
 */
function ratioAt64(key, name) {
  const row = (/** @type {any[]} */ rows) => rows.find((one) => one.length === 64 && one[key] === name);
  return {
    value: (/** @type {any[]} */ rows) => row(rows)?.ratio,
    rounds: (/** @type {any[]} */ rows) =>
      (row(rows)?.runs ?? []).map((/** @type {any} */ { ours, native }) => ours / native),
  };
}

/** The row of a number of sleeping readers in one process. @param {any[]} rows @param {number} readers */
const sleepersOf = (rows, readers) => rows.find((row) => row.processes === 1 && row.readers === readers);

/** @param {any} results of the suite `round-trips` @returns {number[]} */
const tripRatios = ({ runs, ratio }) =>
  ratio === null ? [] : runs.map((/** @type {any} */ { ours, native }) => ours.p50 / native.p50);

const TWO_PROCESSES = [
  ...Object.entries({ write: 0.8, claim: 0.9, staged: 0.8 }).map(([mode, least]) =>
    atLeast(
      {
        suite: 'throughput',
        figure: `log between two processes, ${mode}, against C`,
        ...ratioAt64('mode', mode),
      },
      least,
    ),
  ),
  ...Object.entries({ tryWrite: 0.85, 'stage/publish': 0.8 }).map(([name, least]) =>
    atLeast(
      {
        suite: 'ring',
        figure: `ring between two processes, \`${name}\`, against C`,
        ...ratioAt64('name', name),
      },
      least,
    ),
  ),
  atMost(
    {
      suite: 'round-trips',
      figure: 'round trip p50, against C',
      value: ({ ratio }) => ratio,
      rounds: tripRatios,
    },
    1.1,
  ),
  ...[1, 4, 16, 200].map((readers) =>
    atMost(
      {
        suite: 'wake-ups',
        figure: `async wake-up p50, ${readers} ${readers === 1 ? 'reader' : 'readers'}, against bare pipes`,
        value: (rows) => sleepersOf(rows, readers)?.ratio,
        rounds: (rows) =>
          sleepersOf(rows, readers)?.runs.map((/** @type {any} */ { ours, pipe }) => ours.p50 / pipe.p50) ??
          [],
      },
      1.2,
    ),
  ),
];

/**
 * The ratio of two figures of the suite `aeron`, whose keys start with the length: that of each round, and the median.
 * @param {string} a @param {string} b
 */
function aeronRatio(a, b) {
  const rounds = (/** @type {{ runs: Record<string, number[]> }} */ { runs }) =>
    (runs[a] ?? []).flatMap((ours, round) => {
      const native = runs[b]?.[round];
      return native === undefined ? [] : [ours / native];
    });
  return {
    rounds,
    value: (/** @type {any} */ results) => {
      const all = rounds(results);
      return all.length === 0 ? null : median(all);
    },
  };
}

/** @param {string} figure @param {string} key after the length @param {Record<number, number>} leasts by length */
const aeronRates = (figure, key, leasts) =>
  Object.entries(leasts).map(([length, least]) =>
    atLeast(
      {
        suite: 'aeron',
        figure: `Aeron, ${length} B, ${figure}, against C to C`,
        ...aeronRatio(`${length} ${key}`, `${length} C to C`),
      },
      least,
    ),
  );

const AERON = [
  ...aeronRates('ours to ours', 'rate claim', { 32: 0.6, 64: 0.75 }),
  ...aeronRates('C to ours', 'C to ours', { 32: 0.85, 64: 0.85 }),
  ...aeronRates('ours to C', 'ours to C', { 32: 0.6, 64: 0.7 }),
  ...Object.entries({ p50: 1.7, p99: 2.5 }).map(([share, most]) =>
    atMost(
      {
        suite: 'aeron',
        figure: `Aeron round trip 32 B, ${share}, against C to C`,
        ...aeronRatio(`32 ${share} aeron`, `32 ${share} C`),
      },
      most,
    ),
  ),
];

const REST = [
  atLeast(
    {
      suite: 'health',
      figure: 'VLP beat by channel, times as fast as by socket',
      value: ({ beats }) => Math.max(beats.ratios.socketToLog, beats.ratios.socketToRing),
    },
    10,
  ),
  atLeast(
    {
      suite: 'follow-log',
      figure: 'log followed over the control socket, against `cat`',
      value: ({ cat, socket }) => socket.rate / cat,
      rounds: ({ ratios }) => ratios,
    },
    0.3,
  ),
  {
    suite: 'allocation',
    figure: 'heap bytes per record, the most of every path',
    target: '0',
    value: (/** @type {any[]} */ rows) =>
      rows.some(({ collections }) => collections > 0)
        ? null
        : // Below 0: the measurement itself took more.
          Math.max(0, ...rows.map(({ bytesPerRecord }) => bytesPerRecord)),
    met: (/** @type {number} */ value) => value < 0.05,
    show: times,
  },
];

/** In the order of the page. @type {SpeedTarget[]} */
export const SPEED_TARGETS = [...IN_PROCESS, ...TWO_PROCESSES, ...AERON, ...REST];

/** The suites that the table of targets needs. */
export const SPEED_SUITES = [...new Set(SPEED_TARGETS.map(({ suite }) => suite))];
