// @ts-check
/**
 * One ring with 1, 2 and 4 readers, each a process that verifies every record, beside C; then 1, 100 and 1000 rings with
 * one process that writes them in turn and one that polls all of them.
 */
import { nodeProcess, runTogether } from '../children.mjs';
import { median } from '../statistics.mjs';
import { inFreshRing } from './ring.mjs';

/** @typedef {import('../context.mjs').Context} Context */

const LENGTH = 64;
const READERS = [1, 2, 4];
const CHANNELS = [1, 100, 1000];

/** Records delivered per second to all readers. @param {number} records @param {number} warmup @param {any[]} reports of the readers */
const delivered = (records, warmup, reports) =>
  (reports.length * (records - warmup) * 1e9) / Math.max(...reports.map(({ nanos }) => nanos));

/** @param {Context} context @param {number} readers */
function fanOut(context, readers) {
  const { records } = context.settings.scaling;
  const warmup = records / 8;
  return inFreshRing(context, 'back-pressure', async (root) => {
    // More processes than cores: a side that waits gives up its time slice.
    const all = { root, length: LENGTH, records, warmup, readers, yields: true };
    const end = (/** @type {string} */ side) => nodeProcess('ring-side', { ...all, side });
    const reports = await runTogether([...Array.from({ length: readers }, () => end('poll')), end('write')]);
    return delivered(records, warmup, reports.slice(0, readers));
  });
}

/** @param {Context} context @param {number} readers @returns {Promise<number | null>} null without the C program */
async function fanOutInC(context, readers) {
  const command = context.native('ring');
  if (command === null) return null;
  const { records } = context.settings.scaling;
  const warmup = records / 8;
  return inFreshRing(context, 'back-pressure', async (root) => {
    const sizes = [root, String(records), String(LENGTH)];
    const reader = { command, args: ['read', ...sizes, String(warmup), 'yield'] };
    const writer = { command, args: ['write', ...sizes, '1', 'yield', String(readers)] };
    const reports = await runTogether([...Array.from({ length: readers }, () => reader), writer]);
    return delivered(records, warmup, reports.slice(0, readers));
  });
}

/** @param {Context} context @param {number} channels */
function manyChannels(context, channels) {
  const { records } = context.settings.scaling;
  const each = Math.max(64, Math.floor(records / channels));
  return context.withFolder(async (root) => {
    const end = (/** @type {string} */ role) =>
      nodeProcess('many-channels', { root, role, channels, each, length: LENGTH });
    const [read] = await runTogether(context.pair(end('read'), end('write')));
    if (read.verified !== each * channels) throw new Error(`${read.verified} records verified`);
    return (read.timed * 1e9) / read.nanos;
  });
}

/** @param {Context} context */
export async function measureScaling(context) {
  const { rounds } = context.settings.scaling;
  /** @type {{ readers: number, ours: number[], native: (number | null)[] }[]} */
  const fans = READERS.map((readers) => ({ readers, ours: [], native: [] }));
  /** @type {{ channels: number, rates: number[] }[]} */
  const many = CHANNELS.map((channels) => ({ channels, rates: [] }));
  for (let round = 0; round < rounds; round++) {
    for (const { readers, ours, native } of fans) {
      context.progress(`${readers} readers of one ring, round ${round + 1}`);
      native.push(await fanOutInC(context, readers));
      ours.push(await fanOut(context, readers));
    }
    for (const { channels, rates } of many) {
      context.progress(`${channels} rings, round ${round + 1}`);
      rates.push(await manyChannels(context, channels));
    }
  }
  return {
    length: LENGTH,
    rounds,
    readers: fans.map(({ readers, ours, native }) => ({
      ...{ readers, ours, native, recordsPerSecond: median(ours) },
      ratio: native.includes(null) ? null : median(ours.map((rate, i) => rate / (native[i] ?? Number.NaN))),
    })),
    channels: many.map(({ channels, rates }) => ({ channels, rates, recordsPerSecond: median(rates) })),
  };
}
