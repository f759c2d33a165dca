// @ts-check
/**
 * Readers of a ring that sleep without blocking their event loop, beside as many bare pipes: one record, or one stamp in
 * each pipe, wakes all of them. Ours and the pipes take turns in each round; the ratio is the median of the rounds.
 */
import { nodeProcess, runTogether } from '../children.mjs';
import { median } from '../statistics.mjs';
import { inFreshRing } from './ring.mjs';

/** @typedef {import('../context.mjs').Context} Context */
/** @typedef {{ p50: number, p99: number }} Micros */

/** Processes, and sleeping readers in each of them. */
const SLEEPERS = /** @type {const} */ ([
  [1, 1],
  [1, 4],
  [1, 16],
  [1, 200],
  [4, 1],
]);
/** Milliseconds between two records, or two stamps. */
const INTERVAL_MILLIS = 5;

/** @param {Context} context @param {number} processes @param {number} readers in each */
async function sleepers(context, processes, readers) {
  const sleep = context.settings.ringSleep;
  const runs = await inFreshRing(context, 'overwrite', (root) => {
    const sleeper = nodeProcess('ring-sleeper', { root, readers, ...sleep });
    const ticker = nodeProcess('ring-ticker', { root, processes, intervalMillis: INTERVAL_MILLIS, ...sleep });
    return runTogether([...Array.from({ length: processes }, () => sleeper), ticker]);
  });
  return middles(runs.slice(0, processes), sleep.wakes * readers);
}

/** The least that waking as many event loops costs on this machine. @param {Context} context @param {number} processes @param {number} readers in each */
async function pipes(context, processes, readers) {
  const { wakes, warmup } = context.settings.ringSleep;
  const size = { intervalMillis: INTERVAL_MILLIS, wakes, warmup, processes, readers };
  const [{ sides }] = await context.withFolder((folder) =>
    runTogether([nodeProcess('pipe-wake', { folder, ...size })]),
  );
  return middles(sides, wakes * readers);
}

/** The medians of the sides of one run. @param {any[]} sides @param {number} expected records of each */
function middles(sides, expected) {
  const short = sides.find(({ verified }) => verified !== expected);
  if (short !== undefined) throw new Error(`${short.verified} of ${expected} records verified`);
  const middle = (/** @type {'idleCpu' | 'p50' | 'p99'} */ figure) =>
    median(sides.map((side) => side[figure] ?? 0));
  return { idleCpu: middle('idleCpu'), p50: middle('p50'), p99: middle('p99') };
}

/** @param {Context} context */
export async function measureWakeUps(context) {
  const { rounds } = context.settings.ringSleep;
  const rows = [];
  for (const [processes, readers] of SLEEPERS) {
    const runs = [];
    for (let round = 0; round < rounds; round++) {
      context.progress(`${processes} processes, ${readers} readers each, asleep: round ${round + 1}`);
      runs.push({
        ours: await sleepers(context, processes, readers),
        pipe: await pipes(context, processes, readers),
      });
    }
    const of = (/** @type {'ours' | 'pipe'} */ side, /** @type {'p50' | 'p99'} */ figure) =>
      median(runs.map((run) => run[side][figure]));
    rows.push({
      ...{ processes, readers, runs },
      idleCpu: median(runs.map(({ ours }) => ours.idleCpu)),
      wakeMicros: { p50: of('ours', 'p50'), p99: of('ours', 'p99') },
      pipeMicros: { p50: of('pipe', 'p50'), p99: of('pipe', 'p99') },
      ratio: median(runs.map(({ ours, pipe }) => ours.p50 / pipe.p50)),
    });
  }
  return rows;
}
