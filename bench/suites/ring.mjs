// @ts-check
/**
 * The ring with back pressure, compared with the C program of the same protocol and with alternatives for Node;
 * iterator and stream compared with poll; readers that sleep. Records of 64 bytes, each verified; medians of paired runs.
 */
import { RingWriter, TickUnit } from 'ringwire';
import { nodeProcess, runTogether } from '../children.mjs';
import { compileNative } from '../native/compile.mjs';
import { median } from '../statistics.mjs';
import { measureRivals } from './rivals.mjs';

/** @typedef {import('../context.mjs').Context} Context */

const LENGTH = 64;
const BATCH = 16;
/** Processes, and sleeping readers in each of them. */
const SLEEPERS = /** @type {const} */ ([
  [1, 1],
  [1, 4],
  [1, 16],
  [4, 1],
]);
/** Milliseconds between two records, or two stamps: each wakes the sleeping readers. */
const INTERVAL_MILLIS = 5;
const RIVALS = [
  'worker_threads postMessage',
  'Unix socket, a write per record',
  'Unix socket, batches of 64 KiB',
];

/**
 * @template T
 * @param {Context} context
 * @param {'overwrite' | 'back-pressure'} policy @param {(root: string) => Promise<T>} run
 */
export function inFreshRing(context, policy, run) {
  return context.withFolder((root) => {
    const ring = RingWriter.create(root, {
      ...{ writerId: 1, channelId: 1, capacity: 1 << 20, maxMessageLength: LENGTH },
      ...{ timeout: 60, tickUnit: TickUnit.Secs, policy, prefault: true },
    });
    ring.detach();
    return run(root);
  });
}

/** @param {Context} context */
const warmupOf = ({ settings }) => settings.ringRecords / 8;

/** @param {Context} context @param {any[]} reports the reader's first @returns {number} records per second */
const rateOf = (context, [read]) => ((context.settings.ringRecords - warmupOf(context)) / read.nanos) * 1e9;

/** @param {Context} context @param {string} side @param {number} batch */
const ours = (context, side, batch) =>
  inFreshRing(context, 'back-pressure', async (root) => {
    const { ringRecords: records } = context.settings;
    const size = { root, length: LENGTH, records, warmup: warmupOf(context), batch };
    const ends = [side, 'write'].map((end) => nodeProcess('ring-side', { ...size, side: end }));
    return rateOf(context, await runTogether(ends));
  });

/** @param {Context} context @param {string} program @param {number} batch */
const native = (context, program, batch) =>
  inFreshRing(context, 'back-pressure', async (root) => {
    const size = [root, String(context.settings.ringRecords), String(LENGTH)];
    const reader = { command: program, args: ['read', ...size, String(warmupOf(context))] };
    return rateOf(
      context,
      await runTogether([reader, { command: program, args: ['write', ...size, String(batch)] }]),
    );
  });

/** @param {Context} context @returns {Promise<Record<string, number[]>>} records per second by name, one of each round */
function measureRates(context) {
  return context.withFolder(async (folder) => {
    const result = compileNative(folder, 'ring');
    if ('reason' in result) process.stdout.write(`without the C program: ${result.reason}\n`);
    /** @type {Record<string, number[]>} */
    const rates = {};
    const note = async (/** @type {string} */ name, /** @type {Promise<number>} */ rate) => {
      context.progress(name);
      rates[name] = [...(rates[name] ?? []), await rate];
    };
    for (let round = 0; round < context.settings.ringRounds; round++) {
      for (const batch of [1, BATCH]) {
        if ('program' in result) await note(`C, batch ${batch}`, native(context, result.program, batch));
        await note(`ring, batch ${batch}`, ours(context, 'poll', batch));
      }
      await note('iterator in batches', ours(context, 'batches', BATCH));
      await note('stream of batches', ours(context, 'stream', BATCH));
    }
    return rates;
  });
}

/** @param {Context} context @param {number} processes @param {number} readers in each */
async function measureSleepers(context, processes, readers) {
  const sleep = context.settings.ringSleep;
  context.progress(`${processes} processes, ${readers} readers each, asleep`);
  const runs = await inFreshRing(context, 'overwrite', (root) => {
    const sleeper = nodeProcess('ring-sleeper', { root, readers, ...sleep });
    const ticker = nodeProcess('ring-ticker', { root, processes, intervalMillis: INTERVAL_MILLIS, ...sleep });
    return runTogether([...Array.from({ length: processes }, () => sleeper), ticker]);
  });
  const sleepers = runs.slice(0, processes);
  const short = sleepers.find(({ verified }) => verified !== sleep.wakes * readers);
  if (short !== undefined) throw new Error(`${short.verified} records verified`);
  const middle = (/** @type {'idleCpu' | 'p50' | 'p99'} */ figure) =>
    median(sleepers.map((sleeper) => sleeper[figure]));
  const wakeMicros = { p50: middle('p50'), p99: middle('p99') };
  return { processes, readers, idleCpu: middle('idleCpu'), wakeMicros };
}

/** The least that waking an event loop costs on this machine. @param {Context} context */
async function measurePipe(context) {
  const { wakes, warmup } = context.settings.ringSleep;
  context.progress('a bare pipe');
  const [{ p50, p99, verified }] = await runTogether([
    nodeProcess('pipe-wake', { intervalMillis: INTERVAL_MILLIS, wakes, warmup }),
  ]);
  if (verified !== wakes) throw new Error(`${verified} stamps came`);
  return { p50, p99 };
}

/** @param {Context} context */
export async function measureRing(context) {
  const { ringRecords: records, ringRounds: rounds } = context.settings;
  const rates = await measureRates(context);
  const rivals = await measureRivals(context, RIVALS);
  const sleepers = [];
  for (const [processes, readers] of SLEEPERS)
    sleepers.push(await measureSleepers(context, processes, readers));
  const pipe = await measurePipe(context);
  return { sizes: { length: LENGTH, batch: BATCH, records, rounds }, rates, rivals, sleepers, pipe };
}
