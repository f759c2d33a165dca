// @ts-check
/**
 * Records per second through a log from one process to another. Every round runs C and each way of ours one after the
 * other, so that a noisy moment meets all of them; ratios are computed per round. C is tuned first, in the same run.
 */
import { ShmWriter } from 'ringwire';
import { nodeProcess, runTogether } from '../children.mjs';
import { BACK, benchChannel, DATA } from '../processes/channel-options.mjs';
import { median } from '../statistics.mjs';
import { tune } from '../tuning.mjs';

/** @typedef {import('../context.mjs').Context} Context */
/** @typedef {import('../tuning.mjs').Tuning} Tuning */
/** @typedef {{ single: Tuning, batched: Tuning }} Tunings */

/** Which C a way of writing is compared with. */
const AGAINST = /** @type {const} */ ({
  write: 'single',
  claim: 'single',
  staged: 'batched',
  batch: 'batched',
});
/** @typedef {keyof typeof AGAINST} Mode */
/** From this length on, batches are short: a channel must hold many. */
const LONG = 65_536;
const LONG_BATCH = 4;
const DEFAULTS = { single: { pause: 1, batch: 1 }, batched: { pause: 1, batch: 16 } };

const MODES = /** @type {Mode[]} */ (Object.keys(AGAINST));

/** @param {Context} context */
export async function measureThroughput(context) {
  const { settings, backends } = context;
  const tunings = await tuneLog(context);
  const results = [];
  for (const length of [64, ...settings.lengths.filter((other) => other !== 64)]) {
    const own = length < LONG ? tunings : atMost(tunings, LONG_BATCH);
    const size = sizeOf(settings, length, 4 * own.batched.batch);
    const sides = [
      ...MODES.map((mode) => ({ mode, backend: backends[0] ?? '' })),
      ...(length === 64
        ? backends.slice(1).map((backend) => ({ mode: /** @type {Mode} */ ('write'), backend }))
        : []),
    ];
    /** @type {Map<string, { ours: number, native: number | null }[]>} */
    const runs = new Map();
    for (let round = 0; round < (length === 64 ? settings.rounds : settings.lengthRounds); round++) {
      /** @type {Partial<Record<'single' | 'batched', number | null>>} */
      const native = {};
      for (const { mode, backend } of sides) {
        context.progress(`throughput, ${length} bytes, round ${round + 1}: ${mode} (${backend})`);
        const against = AGAINST[mode];
        if (native[against] === undefined) native[against] = await nativeRun(context, size, own[against]);
        const ours = await ourRun(context, size, mode, backend, own[against].batch);
        const key = `${mode} ${backend}`;
        runs.set(key, [...(runs.get(key) ?? []), { ours, native: native[against] }]);
      }
    }
    for (const { mode, backend } of sides) {
      const tuning = own[AGAINST[mode]];
      results.push({
        length,
        mode,
        backend,
        tuning,
        ...summary(runs.get(`${mode} ${backend}`) ?? []),
        ...size,
      });
    }
  }
  return results;
}

/** @param {Tunings} tunings @param {number} most records of a batch @returns {Tunings} */
function atMost({ single, batched }, most) {
  return { single, batched: { ...batched, batch: Math.min(batched.batch, most) } };
}

/** @param {import('../settings.mjs').Settings} settings @param {number} length @param {number} unit of both numbers of records @returns {Size} */
function sizeOf(settings, length, unit) {
  const timed = Math.min(settings.records, Math.floor(settings.budget / ((length + 15) & ~7) / 1.2));
  return { length, records: timed - (timed % unit), warmup: Math.floor(timed / 6 / unit) * unit };
}

/** @param {Context} context @returns {Promise<Tunings>} */
async function tuneLog(context) {
  if (context.native('channel') === null) return DEFAULTS;
  const { settings } = context;
  const size = sizeOf({ ...settings, records: settings.tuning.records }, 64, 256);
  const best = (/** @type {readonly number[]} */ batches) =>
    tune({ ...settings.tuning, batches }, async (tuning) => {
      context.progress(`C, pause ${tuning.pause}, batches of ${tuning.batch}`);
      return (await nativeRun(context, size, tuning)) ?? 0;
    });
  return { single: await best([1]), batched: await best(context.settings.tuning.batches) };
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

/** @typedef {{ length: number, records: number, warmup: number }} Size */

/** @param {Context} context @param {Size} size @param {Mode} mode @param {string} backend @param {number} batch */
async function ourRun(context, size, mode, backend, batch) {
  return context.withFolder(async (root) => {
    const [reader, writer] = await runTogether(
      context.pair(
        nodeProcess('reader', { root, backend, ...context.tuning, ...size }),
        nodeProcess('writer', { root, backend, mode, batch, ...size }),
      ),
    );
    return rate(size, reader, writer);
  });
}

/** @param {Context} context @param {Size} size @param {Tuning} tuning @returns {Promise<number | null>} null without the C program */
async function nativeRun(context, size, { pause, batch }) {
  const command = context.native('channel');
  if (command === null) return null;
  return context.withFolder(async (root) => {
    const data = ShmWriter.create(root, benchChannel(DATA, size.warmup + size.records, size.length));
    const back = ShmWriter.create(root, benchChannel(BACK, 1, 8));
    const sizes = [size.warmup, size.records, size.length].map(String);
    try {
      const [reader, writer] = await runTogether(
        context.pair(
          { command, args: ['read', data.path, back.path, ...sizes, String(pause)] },
          { command, args: ['write', data.path, back.path, ...sizes, String(batch)] },
        ),
      );
      return rate(size, reader, writer);
    } finally {
      data.close();
      back.close();
    }
  });
}

/** @param {Size} size @param {{ ended: number, verified: number }} reader @param {{ started: number }} writer */
function rate({ records, warmup }, reader, writer) {
  if (reader.verified !== warmup + records) throw new Error(`${reader.verified} records verified`);
  return (records / (reader.ended - writer.started)) * 1e9;
}
