// @ts-check
/**
 * Records per second through a ring with back pressure from one process to another, beside the C program of the same
 * protocol, which is tuned first; iterator and stream compared with poll. Every round runs all sides one after the other.
 */
import { RingWriter, TickUnit } from 'ringwire';
import { nodeProcess, runTogether } from '../children.mjs';
import { median } from '../statistics.mjs';
import { tune } from '../tuning.mjs';

/** @typedef {import('../context.mjs').Context} Context */
/** @typedef {import('../tuning.mjs').Tuning} Tuning */
/** @typedef {{ length: number, records: number, warmup: number, capacity: number }} Size */
/** @typedef {{ name: string, write: string, read: string, against: 'single' | 'batched' | null }} Side */

const LENGTH = 64;
const CAPACITY = 1 << 20;
/** From this length on, batches are short. */
const LONG = 65_536;
const LONG_BATCH = 4;
/** Bytes of one run of long records. */
const BUDGET = 2 ** 31;
const DEFAULTS = { single: { pause: 1, batch: 1 }, batched: { pause: 1, batch: 16 } };

/** @type {Side[]} */
const SIDES = [
  { name: 'tryWrite', write: 'write', read: 'poll', against: 'single' },
  { name: 'tryClaim/commit', write: 'claim', read: 'poll', against: 'single' },
  { name: 'stage/publish', write: 'staged', read: 'poll', against: 'batched' },
  { name: 'tryWriteBatch', write: 'batch', read: 'poll', against: 'batched' },
  { name: 'tryWriteBatch, read by recordBatches', write: 'batch', read: 'batches', against: null },
  { name: 'tryWriteBatch, read by a stream of batches', write: 'batch', read: 'stream', against: null },
];

/**
 * @template T
 * @param {Context} context
 * @param {'overwrite' | 'back-pressure'} policy @param {(root: string) => Promise<T>} run
 * @param {{ capacity?: number, maxMessageLength?: number }} [sizes]
 */
export function inFreshRing(context, policy, run, sizes = {}) {
  return context.withFolder((root) => {
    const ring = RingWriter.create(root, {
      ...{ writerId: 1, channelId: 1, capacity: CAPACITY, maxMessageLength: LENGTH },
      ...{ timeout: 60, tickUnit: TickUnit.Secs, policy, prefault: true },
      ...sizes,
    });
    ring.detach();
    return run(root);
  });
}

/** @param {Context} context @param {number} length @param {number} [most] records @returns {Size} */
function sizeOf({ settings }, length, most = settings.ringRecords) {
  const records = Math.floor(Math.min(most, BUDGET / length) / 512) * 512;
  const capacity = Math.max(CAPACITY, 32 * (length + 64));
  return { length, records: Math.max(512, records), warmup: Math.max(512, records) / 8, capacity };
}

/** @param {Size} size @param {any[]} reports the reader's first @returns {number} records per second */
const rateOf = ({ records, warmup }, [read]) => ((records - warmup) / read.nanos) * 1e9;

/** @param {Context} context @param {Size} size @param {Side} side @param {number} batch */
const ours = (context, size, { write, read }, batch) =>
  inFreshRing(
    context,
    'back-pressure',
    async (root) => {
      // A quick run may share its cores with other programs: a side that waits gives up its time slice.
      const all = { root, ...size, ...context.tuning, batch, yields: context.settings.quick };
      const end = (/** @type {string} */ role) => nodeProcess('ring-side', { ...all, side: role });
      return rateOf(size, await runTogether(context.pair(end(read), end(write))));
    },
    { capacity: size.capacity, maxMessageLength: size.length },
  );

/** @param {Context} context @param {Size} size @param {Tuning} tuning @returns {Promise<number | null>} null without the C program */
async function native(context, size, { pause, batch }) {
  const command = context.native('ring');
  if (command === null) return null;
  return inFreshRing(
    context,
    'back-pressure',
    async (root) => {
      const waiting = context.settings.quick ? 'yield' : String(pause);
      const args = [root, ...[size.records, size.length].map(String)];
      return rateOf(
        size,
        await runTogether(
          context.pair(
            { command, args: ['read', ...args, String(size.warmup), waiting] },
            { command, args: ['write', ...args, String(batch), waiting] },
          ),
        ),
      );
    },
    { capacity: size.capacity, maxMessageLength: size.length },
  );
}

/** @param {Context} context */
async function tuneRing(context) {
  if (context.native('ring') === null) return DEFAULTS;
  const { tuning } = context.settings;
  const size = sizeOf(context, LENGTH, tuning.records);
  const best = (/** @type {readonly number[]} */ batches) =>
    tune({ ...tuning, batches }, async (tried) => {
      context.progress(`ring in C, pause ${tried.pause}, batches of ${tried.batch}`);
      return (await native(context, size, tried)) ?? 0;
    });
  return { single: await best([1]), batched: await best(context.settings.tuning.batches) };
}

/** @param {Context} context */
export async function measureRing(context) {
  const { settings } = context;
  const tunings = await tuneRing(context);
  const rows = [];
  for (const length of [LENGTH, ...settings.lengths.filter((other) => other !== LENGTH)]) {
    const size = sizeOf(context, length);
    const batched = {
      ...tunings.batched,
      batch: Math.min(tunings.batched.batch, length < LONG ? 64 : LONG_BATCH),
    };
    const own = { single: tunings.single, batched };
    const sides = length === LENGTH ? SIDES : SIDES.filter(({ against }) => against !== null);
    /** @type {Map<string, { ours: number, native: number | null }[]>} */
    const runs = new Map(sides.map(({ name }) => [name, []]));
    for (let round = 0; round < (length === LENGTH ? settings.ringRounds : settings.lengthRounds); round++) {
      /** @type {Partial<Record<'single' | 'batched', number | null>>} */
      const rates = {};
      for (const side of sides) {
        context.progress(`ring, ${length} bytes, round ${round + 1}: ${side.name}`);
        const kind = side.write === 'batch' || side.write === 'staged' ? 'batched' : 'single';
        if (rates[kind] === undefined) rates[kind] = await native(context, size, own[kind]);
        const rate = await ours(context, size, side, own[kind].batch);
        runs.get(side.name)?.push({ ours: rate, native: side.against === null ? null : rates[kind] });
      }
    }
    for (const { name, against } of sides)
      rows.push({ name, tuning: own[against ?? 'batched'], ...size, ...summary(runs.get(name) ?? []) });
  }
  return rows;
}

/** @param {{ ours: number, native: number | null }[]} runs records per second */
function summary(runs) {
  const ratios = runs.flatMap(({ ours, native }) => (native === null ? [] : [ours / native]));
  return {
    recordsPerSecond: median(runs.map(({ ours }) => ours)),
    nativeRecordsPerSecond: ratios.length === 0 ? null : median(runs.map(({ native }) => native ?? 0)),
    ratio: ratios.length === 0 ? null : median(ratios),
    verified: true,
    runs,
  };
}
