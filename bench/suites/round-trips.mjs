// @ts-check
/** Round trips over two channels, both sides spinning, compared with the C program, whose pause is searched first. */
import { ShmWriter } from 'ringwire';
import { nodeProcess, runTogether } from '../children.mjs';
import { BACK, benchChannel, DATA } from '../processes/channel-options.mjs';
import { median } from '../statistics.mjs';
import { tune } from '../tuning.mjs';

const LENGTH = 64;

/** @typedef {{ p50: number, p99: number, p999: number }} Latency nanoseconds */

/** @param {import('../context.mjs').Context} context */
export async function measureRoundTrips(context) {
  const { exchanges, rounds } = context.settings;
  const size = { length: LENGTH, exchanges, warmup: Math.floor(exchanges / 5 / 4) * 4 };
  const search = { ...size, exchanges: Math.floor(exchanges / 5), warmup: size.warmup / 4 };
  const { pause } =
    context.native('channel') === null
      ? { pause: 0 }
      : await tune({ ...context.settings.tuning, batches: [1] }, async (tuning) => {
          context.progress(`round trips of C, pause ${tuning.pause}`);
          return -(await nativeRun(context, search, tuning.pause)).p50;
        });
  /** @type {{ ours: Latency, native: Latency | null }[]} */
  const runs = [];
  for (let round = 0; round < rounds; round++) {
    context.progress(`round trips, round ${round + 1}`);
    const native = context.native('channel') === null ? null : await nativeRun(context, size, pause);
    runs.push({ ours: await ourRun(context, size), native });
  }
  const ratios = runs.flatMap(({ ours, native }) => (native === null ? [] : [ours.p50 / native.p50]));
  return {
    length: LENGTH,
    exchanges,
    tuning: { pause },
    ours: medians(runs.map(({ ours }) => ours)),
    native: ratios.length === 0 ? null : medians(runs.flatMap(({ native }) => native ?? [])),
    ratio: ratios.length === 0 ? null : median(ratios),
    verified: true,
    runs,
  };
}

/** @param {Latency[]} runs @returns {Latency} */
function medians(runs) {
  return {
    p50: median(runs.map(({ p50 }) => p50)),
    p99: median(runs.map(({ p99 }) => p99)),
    p999: median(runs.map(({ p999 }) => p999)),
  };
}

/** @typedef {{ length: number, exchanges: number, warmup: number }} Size */

/** @param {import('../context.mjs').Context} context @param {Size} size */
function ourRun(context, size) {
  return context.withFolder(async (root) => {
    const parameters = { root, ...context.tuning, ...size };
    const end = (/** @type {boolean} */ pings) => nodeProcess('ping', { ...parameters, pings });
    const results = await runTogether(context.pair(end(true), end(false)));
    return latency(size, results);
  });
}

/** @param {import('../context.mjs').Context} context @param {Size} size @param {number} pause */
function nativeRun(context, size, pause) {
  return context.withFolder(async (root) => {
    const total = size.warmup + size.exchanges;
    const there = ShmWriter.create(root, benchChannel(DATA, total, size.length));
    const back = ShmWriter.create(root, benchChannel(BACK, total, size.length));
    const command = /** @type {string} */ (context.native('channel'));
    const sizes = [size.warmup, size.exchanges, size.length, pause].map(String);
    try {
      const results = await runTogether(
        context.pair(
          { command, args: ['ping', there.path, back.path, ...sizes] },
          { command, args: ['pong', back.path, there.path, ...sizes] },
        ),
      );
      return latency(size, results);
    } finally {
      there.close();
      back.close();
    }
  });
}

/** @param {Size} size @param {any[]} results of both ends @returns {Latency} */
function latency({ warmup, exchanges }, results) {
  for (const { verified } of results)
    if (verified !== warmup + exchanges) throw new Error(`${verified} records verified`);
  const { p50, p99, p999 } = results[0];
  return { p50, p99, p999 };
}
