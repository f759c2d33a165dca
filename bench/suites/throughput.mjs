// @ts-check
/**
 * Records per second from one process to another. Every run of ours stands beside a run of the C program, so that a
 * noisy moment meets both; ratios are computed per pair.
 */
import { ShmWriter } from 'ringwire';
import { nodeProcess, runTogether } from '../children.mjs';
import { BACK, benchChannel, DATA } from '../processes/channel-options.mjs';
import { median } from '../statistics.mjs';

const OURS = /** @type {const} */ ({ write: 1, claim: 1, batch: 16 });
/** @typedef {keyof typeof OURS} Mode */

/** @param {import('../context.mjs').Context} context */
export async function measureThroughput(context) {
  const { settings, backends } = context;
  const results = [];
  for (const length of [64, ...settings.lengths.filter((other) => other !== 64)]) {
    const timed = Math.min(settings.records, Math.floor(settings.budget / ((length + 15) & ~7) / 1.2));
    const size = { length, records: timed - (timed % 64), warmup: Math.floor(timed / 6 / 64) * 64 };
    const sides = (length === 64 ? backends : backends.slice(0, 1)).flatMap((backend) =>
      /** @type {Mode[]} */ (Object.keys(OURS)).map((mode) => ({ mode, backend })),
    );
    /** @type {Map<string, { ours: number, native: number | null }[]>} */
    const runs = new Map();
    for (let round = 0; round < settings.rounds; round++) {
      for (const { mode, backend } of sides) {
        context.progress(`throughput, ${length} bytes, round ${round + 1}: ${mode} (${backend})`);
        const native = context.native && (await nativeRun(context, size, OURS[mode]));
        const ours = await ourRun(context, size, mode, backend);
        const key = `${mode} ${backend}`;
        runs.set(key, [...(runs.get(key) ?? []), { ours, native }]);
      }
    }
    for (const { mode, backend } of sides)
      results.push({ length, mode, backend, ...summary(runs.get(`${mode} ${backend}`) ?? []), ...size });
  }
  return results;
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

/** @param {import('../context.mjs').Context} context @param {Size} size @param {Mode} mode @param {string} backend */
async function ourRun(context, size, mode, backend) {
  return context.withFolder(async (root) => {
    const [reader, writer] = await runTogether([
      nodeProcess('reader', { root, backend, ...context.tuning, ...size }),
      nodeProcess('writer', { root, backend, mode, ...size }),
    ]);
    return rate(size, reader, writer);
  });
}

/** @param {import('../context.mjs').Context} context @param {Size} size @param {number} batch */
async function nativeRun(context, size, batch) {
  return context.withFolder(async (root) => {
    const data = ShmWriter.create(root, benchChannel(DATA, size.warmup + size.records, size.length));
    const back = ShmWriter.create(root, benchChannel(BACK, 1, 8));
    const command = /** @type {string} */ (context.native);
    const sizes = [size.warmup, size.records, size.length].map(String);
    try {
      const [reader, writer] = await runTogether([
        { command, args: ['read', data.path, back.path, ...sizes] },
        { command, args: ['write', data.path, back.path, ...sizes, String(batch)] },
      ]);
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
