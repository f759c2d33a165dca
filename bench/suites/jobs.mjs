// @ts-check
/**
 * What programs really send, over a ring and over a Unix socket whose writes are collected into 64 KiB: the fastest of
 * what Node has itself. Then a request and its reply, both ends in their event loops. The sides take turns in each round.
 */
import { nodeProcess, runTogether } from '../children.mjs';
import { JOBS } from '../jobs.mjs';
import { median } from '../statistics.mjs';

/** @typedef {import('../context.mjs').Context} Context */

const TRANSPORTS = /** @type {const} */ (['ring', 'socket']);
/** Bytes of the ring, and of the ring for records of 1 MiB. */
const CAPACITY = 1 << 20;
const LARGE = 1 << 25;

/** Records per second. @param {Context} context @param {string} job @param {string} transport @param {number} records */
function rate(context, job, transport, records) {
  const most = JOBS[job]?.().most ?? 0;
  const warmup = Math.ceil(records / 8);
  return context.withFolder(async (root) => {
    const all = { root, transport, job, records, warmup, capacity: most > 65_536 ? LARGE : CAPACITY };
    const end = (/** @type {string} */ role) => nodeProcess('job-end', { ...all, role });
    const [read] = await runTogether(context.pair(end('read'), end('write')));
    if (read.verified !== records) throw new Error(`${read.verified} of ${records} records verified`);
    return ((records - warmup) / read.nanos) * 1e9;
  });
}

/** @param {Context} context @param {string} transport @param {number} exchanges */
function requestReply(context, transport, exchanges) {
  const size = { records: exchanges, warmup: Math.ceil(exchanges / 8), capacity: CAPACITY };
  return context.withFolder(async (root) => {
    const end = (/** @type {string} */ role) => nodeProcess('job-end', { root, transport, role, ...size });
    const [ask] = await runTogether(context.pair(end('ask'), end('answer')));
    return { p50: ask.p50, p99: ask.p99 };
  });
}

/** @param {Context} context */
export async function measureJobs(context) {
  const { rounds, records, bytes, exchanges } = context.settings.jobs;
  const jobs = Object.entries(JOBS).map(([name, make]) => {
    const count = Math.max(16, Math.min(records, Math.floor(bytes / make().most)));
    return { name, records: count, ring: /** @type {number[]} */ ([]), socket: /** @type {number[]} */ ([]) };
  });
  /** @type {Record<'ring' | 'socket', { p50: number, p99: number }[]>} */
  const replies = { ring: [], socket: [] };
  for (let round = 0; round < rounds; round++)
    for (const transport of TRANSPORTS) {
      for (const job of jobs) {
        context.progress(`${job.name}, ${transport}, round ${round + 1}`);
        job[transport].push(await rate(context, job.name, transport, job.records));
      }
      replies[transport].push(await requestReply(context, transport, exchanges));
    }
  const middle = (/** @type {'ring' | 'socket'} */ side, /** @type {'p50' | 'p99'} */ figure) =>
    median(replies[side].map((reply) => reply[figure]));
  return {
    rounds,
    jobs: jobs.map((job) => ({
      ...job,
      ratio: median(job.ring.map((one, i) => one / (job.socket[i] ?? Number.NaN))),
      recordsPerSecond: { ring: median(job.ring), socket: median(job.socket) },
    })),
    requestReply: {
      ring: { p50: middle('ring', 'p50'), p99: middle('ring', 'p99') },
      socket: { p50: middle('socket', 'p50'), p99: middle('socket', 'p99') },
      runs: replies,
    },
  };
}
