// @ts-check
/**
 * node bench/ring.mjs [--quick] [--rounds N] [--out FOLDER]
 *
 * The back-pressure ring beside the C program of the same protocol and beside what a Node program would use instead,
 * iterator and stream beside poll, and readers that sleep. Records of 64 bytes, each verified; medians of paired runs.
 * Writes ring-benchmarks.json and .md.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { RingWriter, TickUnit } from 'ringwire';
import { nodeProcess, runTogether } from './children.mjs';
import { createContext } from './context.mjs';
import { describeMachine } from './machine.mjs';
import { compileNative } from './native/compile.mjs';
import { ringPage } from './report/ring-page.mjs';
import { median } from './statistics.mjs';
import { measureRivals } from './suites/rivals.mjs';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    out: { type: 'string', default: fileURLToPath(new URL('../docs', import.meta.url)) },
  },
});
const { quick } = values;
const LENGTH = 64;
const BATCH = 16;
const RECORDS = quick ? 640_000 : 6_400_000;
const WARMUP = RECORDS / 8;
const ROUNDS = Number(values.rounds ?? (quick ? 1 : 3));
const SLEEP = quick
  ? { wakes: 20, warmup: 5, idleMillis: 200 }
  : { wakes: 600, warmup: 60, idleMillis: 5000 };
/** Processes, and sleeping readers in each of them. */
const SLEEPERS = /** @type {const} */ ([
  [1, 1],
  [1, 4],
  [1, 16],
  [4, 1],
]);
/** A record, or a stamp, every so often wakes who sleeps. */
const INTERVAL_MILLIS = 5;
const RIVALS = [
  'worker_threads postMessage',
  'Unix socket, a write per record',
  'Unix socket, batches of 64 KiB',
];
const context = createContext({ quick, rounds: ROUNDS });

/**
 * @template T
 * @param {'overwrite' | 'back-pressure'} policy @param {(root: string, file: string) => Promise<T>} run
 */
function inFreshRing(policy, run) {
  return context.withFolder((root) => {
    const ring = RingWriter.create(root, {
      ...{ writerId: 1, channelId: 1, capacity: 1 << 20, maxMessageLength: LENGTH },
      ...{ timeout: 60, tickUnit: TickUnit.Secs, policy, prefault: true },
    });
    ring.detach();
    return run(root, ring.path);
  });
}

/** @param {any[]} reports the reader's first @returns {number} records per second */
const rateOf = ([read]) => ((RECORDS - WARMUP) / read.nanos) * 1e9;

/** @param {string} side @param {number} batch */
const ours = (side, batch) =>
  inFreshRing('back-pressure', async (root) => {
    const size = { root, length: LENGTH, records: RECORDS, warmup: WARMUP, batch };
    const ends = [side, 'write'].map((end) => nodeProcess('ring-side', { ...size, side: end }));
    return rateOf(await runTogether(ends));
  });

/** @param {string} program @param {number} batch */
const native = (program, batch) =>
  inFreshRing('back-pressure', async (_, file) => {
    const size = [file, String(RECORDS), String(LENGTH)];
    const reader = { command: program, args: ['read', ...size, String(WARMUP)] };
    return rateOf(await runTogether([reader, { command: program, args: ['write', ...size, String(batch)] }]));
  });

/** @returns {Promise<Record<string, number[]>>} records per second by name, one of each round */
function measureRates() {
  return context.withFolder(async (folder) => {
    const result = compileNative(folder, 'ring');
    if ('reason' in result) process.stdout.write(`without the C program: ${result.reason}\n`);
    /** @type {Record<string, number[]>} */
    const rates = {};
    const note = async (/** @type {string} */ name, /** @type {Promise<number>} */ rate) => {
      context.progress(name);
      rates[name] = [...(rates[name] ?? []), await rate];
    };
    for (let round = 0; round < ROUNDS; round++) {
      for (const batch of [1, BATCH]) {
        if ('program' in result) await note(`C, batch ${batch}`, native(result.program, batch));
        await note(`ring, batch ${batch}`, ours('poll', batch));
      }
      await note('iterator in batches', ours('batches', BATCH));
      await note('stream of batches', ours('stream', BATCH));
    }
    return rates;
  });
}

/** @param {number} processes @param {number} readers in each */
async function measureSleepers(processes, readers) {
  context.progress(`${processes} processes, ${readers} readers each, asleep`);
  const runs = await inFreshRing('overwrite', (root) => {
    const sleeper = nodeProcess('ring-sleeper', { root, readers, ...SLEEP });
    const ticker = nodeProcess('ring-ticker', { root, processes, intervalMillis: INTERVAL_MILLIS, ...SLEEP });
    return runTogether([...Array.from({ length: processes }, () => sleeper), ticker]);
  });
  const sleepers = runs.slice(0, processes);
  const short = sleepers.find(({ verified }) => verified !== SLEEP.wakes * readers);
  if (short !== undefined) throw new Error(`${short.verified} records verified`);
  const middle = (/** @type {'idleCpu' | 'p50' | 'p99'} */ figure) =>
    median(sleepers.map((sleeper) => sleeper[figure]));
  const wakeMicros = { p50: middle('p50'), p99: middle('p99') };
  return { processes, readers, idleCpu: middle('idleCpu'), wakeMicros };
}

/** What waking an event loop costs here at least. */
async function measurePipe() {
  context.progress('a bare pipe');
  const [{ p50, p99, verified }] = await runTogether([
    nodeProcess('pipe-wake', { intervalMillis: INTERVAL_MILLIS, wakes: SLEEP.wakes, warmup: SLEEP.warmup }),
  ]);
  if (verified !== SLEEP.wakes) throw new Error(`${verified} stamps came`);
  return { p50, p99 };
}

try {
  const rates = await measureRates();
  const rivals = await measureRivals(context, RIVALS);
  const sleepers = [];
  for (const [processes, readers] of SLEEPERS) sleepers.push(await measureSleepers(processes, readers));
  const pipe = await measurePipe();
  const sizes = { length: LENGTH, batch: BATCH, records: RECORDS, rounds: ROUNDS };
  const report = { machine: describeMachine(), quick, sizes, rates, rivals, sleepers, pipe };
  const page = ringPage(report);
  process.stdout.write(page);
  mkdirSync(values.out, { recursive: true });
  writeFileSync(path.join(values.out, 'ring-benchmarks.json'), `${JSON.stringify(report, null, 1)}\n`);
  writeFileSync(path.join(values.out, 'ring-benchmarks.md'), page);
} finally {
  context.close();
}
