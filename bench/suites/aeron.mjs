// @ts-check
/**
 * Aeron IPC over the embedded driver, and a ring in the same run: sending and polling alone in one process; claim, offer
 * and shared publications between two; round trips; and the C samples if AERON_SAMPLES names their folder. Every message
 * is verified; of the C samples, number and length.
 */
import path from 'node:path';
import { DriverWorker } from 'ringwire/aeron';
import { nodeProcess, runTogether } from '../children.mjs';
import {
  cRoundTrip,
  cToC,
  cToOurs,
  oursToC,
  publishesLength,
  samplesMissing,
} from '../rivals/aeron-samples.mjs';
import { median } from '../statistics.mjs';

/** @typedef {import('../context.mjs').Context} Context */

const WAYS = ['claim', 'offer', 'shared'];

/** @param {Context} context @param {string} transport @param {(directory: string) => Promise<any>} action */
function over(context, transport, action) {
  return context.withFolder(async (folder) => {
    if (transport === 'ring') return action(folder);
    const directory = path.join(folder, 'aeron');
    const driver = await DriverWorker.start({ directory, deleteDirectoryOnClose: true });
    try {
      return await action(directory);
    } finally {
      await driver.close();
    }
  });
}

/** @param {Context} context @param {string} transport @param {string} way @param {number} length */
function rate(context, transport, way, length) {
  const sizes = context.settings.aeron;
  const size = { transport, way, length, warmup: sizes.warmup, records: sizes.records };
  return over(context, transport, async (directory) => {
    const end = (/** @type {string} */ role) => nodeProcess('aeron-end', { ...size, role, directory });
    const [received] = await runTogether(context.pair(end('subscriber'), end('publisher')));
    if (received.verified !== sizes.warmup + sizes.records) throw new Error(`${received.verified} verified`);
    return (sizes.records / received.nanos) * 1e9;
  });
}

/** One process that sends and polls in turn. @param {Context} context @param {string} transport @param {string} way @param {number} length */
function alone(context, transport, way, length) {
  const sizes = context.settings.aeron;
  const { warmup, records } = sizes;
  const size = { transport, way, length, warmup: warmup / 2, records, role: 'alone' };
  return over(context, transport, async (directory) => {
    const [result] = await runTogether([nodeProcess('aeron-end', { ...size, directory })]);
    if (!(result.timed > 0)) throw new Error(`${way}: nothing was timed, the driver was too slow`);
    return result;
  });
}

/** @param {Context} context @param {string} transport @param {number} length */
function roundTrip(context, transport, length) {
  const sizes = context.settings.aeron;
  const size = { transport, way: 'claim', length, warmup: sizes.exchanges / 5, records: sizes.exchanges };
  return over(context, transport, async (directory) => {
    const end = (/** @type {string} */ role) => nodeProcess('aeron-end', { ...size, role, directory });
    const [ping] = await runTogether(context.pair(end('ping'), end('pong')));
    return ping;
  });
}

/** @param {Context} context */
export async function measureAeron(context) {
  const { rounds, lengths, ...sizes } = context.settings.aeron;
  const missing = samplesMissing();
  /** @type {Record<string, number[]>} */
  const runs = {};
  const keep = (/** @type {(string | number)[]} */ key, /** @type {number} */ value) => {
    runs[key.join(' ')] = [...(runs[key.join(' ')] ?? []), value];
  };
  /** @type {[string, string][]} */
  const sides = [...WAYS.map((way) => /** @type {[string, string]} */ (['aeron', way])), ['ring', 'offer']];
  for (const length of lengths) {
    for (let round = 0; round < rounds; round++) {
      const progress = (/** @type {string} */ what) =>
        context.progress(`${length} bytes, round ${round + 1}: ${what}`);
      for (const [transport, way] of sides) {
        progress(`${transport}, ${way}, alone`);
        const result = await alone(context, transport, way, length);
        const name = transport === 'ring' ? 'ring' : way;
        keep([length, 'sending', name], result.sending);
        if (way === 'offer') keep([length, 'polling', transport], result.polling);
        progress(`${transport}, ${way}`);
        keep([length, 'rate', name], await rate(context, transport, way, length));
      }
      for (const transport of ['aeron', 'ring']) {
        progress(`${transport}, round trips`);
        const { p50, p99 } = await roundTrip(context, transport, length);
        keep([length, 'p50', transport], p50);
        keep([length, 'p99', transport], p99);
      }
      if (missing !== null) continue;
      progress('C samples');
      const overDriver = (/** @type {(directory: string) => Promise<number>} */ action) =>
        over(context, 'aeron', action);
      const trip = await over(context, 'aeron', (directory) =>
        cRoundTrip(context, directory, length, sizes.exchanges),
      );
      keep([length, 'p50', 'C'], trip.p50);
      keep([length, 'p99', 'C'], trip.p99);
      if (!publishesLength(length)) continue;
      keep(
        [length, 'C to C'],
        await overDriver((directory) => cToC(context, directory, length, sizes.records)),
      );
      keep(
        [length, 'C to ours'],
        await overDriver((directory) => cToOurs(context, directory, length, sizes.records)),
      );
      keep(
        [length, 'ours to C'],
        await overDriver((directory) => oursToC(context, directory, length, sizes.records)),
      );
    }
  }
  const figures = Object.fromEntries(Object.entries(runs).map(([key, kept]) => [key, median(kept)]));
  return { rounds, sizes, figures, runs, samples: missing, verified: true };
}
