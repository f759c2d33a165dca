// @ts-check
/** Alternatives for Node: the same 64-byte records, each verified at the receiver. */
import { mkdtempSync } from 'node:fs';
import path from 'node:path';
import { stampedRecord } from '../record-content.mjs';
import * as childProcess from '../rivals/child-process.mjs';
import { RECORD_LENGTH } from '../rivals/link.mjs';
import * as nats from '../rivals/nats.mjs';
import * as redis from '../rivals/redis.mjs';
import * as ringbuf from '../rivals/ringbuf.mjs';
import { serverMissing } from '../rivals/servers.mjs';
import * as unixSocket from '../rivals/unix-socket.mjs';
import * as workerThreads from '../rivals/worker-threads.mjs';
import * as zeromq from '../rivals/zeromq.mjs';
import { median, percentile } from '../statistics.mjs';

/** @typedef {import('../rivals/link.mjs').Link} Link */
/**
 * @typedef {object} Rival
 * @property {string} name
 * @property {(answerAfter: number[], folder: string) => Promise<Link>} connect
 * @property {() => string | null | Promise<string | null>} [missing] why it cannot run, or null
 */

/** @type {Rival[]} */
const RIVALS = [
  { name: 'worker_threads postMessage', connect: workerThreads.connect },
  {
    name: 'ringbuf.js between threads',
    connect: ringbuf.connect,
    missing: ringbuf.ringbufMissing,
  },
  {
    name: 'child_process send, json',
    connect: (after, folder) => childProcess.connect(after, folder, 'json'),
  },
  {
    name: 'child_process send, advanced',
    connect: (after, folder) => childProcess.connect(after, folder, 'advanced'),
  },
  {
    name: 'Unix socket, a write per record',
    connect: (after, folder) => unixSocket.connect(after, folder, 0),
  },
  {
    name: 'Unix socket, batches of 64 KiB',
    connect: (after, folder) => unixSocket.connect(after, folder, 64 * 1024),
  },
  { name: 'zeromq PAIR, ipc://', connect: zeromq.connect, missing: zeromqMissing },
  {
    name: 'Redis publish/subscribe, Unix socket',
    connect: redis.connect,
    missing: () => serverMissing('redis-server'),
  },
  {
    name: 'NATS publish/subscribe, TCP',
    connect: nats.connect,
    missing: () => serverMissing('nats-server'),
  },
];

/** Records sent between two turns of the event loop, so that a sender without back pressure receives answers. */
const BURST = 1000;

/** @param {import('../context.mjs').Context} context */
export async function measureRivals(context) {
  const { rivalRecords, rivalExchanges, rivalRounds } = context.settings;
  /** @type {Map<string, { recordsPerSecond: number, roundTripNanos: { p50: number, p99: number } }[]>} */
  const runs = new Map();
  /** @type {Map<string, string>} */
  const skipped = new Map();
  for (const { name, missing } of RIVALS) {
    const reason = (await missing?.()) ?? null;
    if (reason !== null) skipped.set(name, reason);
  }
  for (let round = 0; round < rivalRounds; round++) {
    for (const { name, connect } of RIVALS) {
      if (skipped.has(name)) continue;
      context.progress(`${name}, round ${round + 1}`);
      const run = await context.withFolder(async (folder) => ({
        recordsPerSecond: await throughput(connect, newFolder(folder), rivalRecords),
        roundTripNanos: await roundTrip(connect, newFolder(folder), rivalExchanges),
      }));
      runs.set(name, [...(runs.get(name) ?? []), run]);
    }
  }
  return RIVALS.map(({ name }) => {
    const own = runs.get(name) ?? [];
    if (own.length === 0) return { name, skipped: skipped.get(name) ?? 'not run' };
    return {
      name,
      recordsPerSecond: median(own.map(({ recordsPerSecond }) => recordsPerSecond)),
      roundTripNanos: {
        p50: median(own.map(({ roundTripNanos }) => roundTripNanos.p50)),
        p99: median(own.map(({ roundTripNanos }) => roundTripNanos.p99)),
      },
      verified: true,
      runs: own,
    };
  });
}

async function zeromqMissing() {
  try {
    await import('zeromq');
    return null;
  } catch (error) {
    return `zeromq does not load: ${error instanceof Error ? error.message.split('\n')[0] : error}`;
  }
}

/** @param {Rival['connect']} connect @param {string} folder @param {number} records */
async function throughput(connect, folder, records) {
  const warmup = Math.floor(records / 4);
  const total = warmup + records;
  const link = await connect([warmup, total], folder);
  const answers = answersOf(link);
  const { record, stamp } = stampedRecord(RECORD_LENGTH);
  const sendAll = async (/** @type {number} */ from, /** @type {number} */ to) => {
    for (let n = from; n < to; n++) {
      stamp(n);
      const pushedBack = link.send(record);
      if (pushedBack !== undefined) await pushedBack;
      else if (n % BURST === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await link.flush?.();
  };
  try {
    await sendAll(0, warmup);
    await answers.next(warmup - 1);
    const start = performance.now();
    await sendAll(warmup, total);
    await answers.next(total - 1);
    return (records / (performance.now() - start)) * 1000;
  } finally {
    await link.close();
  }
}

/** @param {Rival['connect']} connect @param {string} folder @param {number} exchanges */
async function roundTrip(connect, folder, exchanges) {
  const warmup = Math.floor(exchanges / 4);
  const link = await connect([], folder);
  const answers = answersOf(link);
  const { record, stamp } = stampedRecord(RECORD_LENGTH);
  const nanos = [];
  try {
    for (let n = 0; n < warmup + exchanges; n++) {
      const start = performance.now();
      stamp(n);
      void link.send(record);
      void link.flush?.();
      await answers.next(n);
      if (n >= warmup) nanos.push((performance.now() - start) * 1e6);
    }
  } finally {
    await link.close();
  }
  return { p50: Math.round(percentile(nanos, 0.5)), p99: Math.round(percentile(nanos, 0.99)) };
}

/** Every connection has a folder of its own for its socket. @param {string} folder */
function newFolder(folder) {
  return mkdtempSync(path.join(folder, 'link-'));
}

/** What comes back over a link, one record at a time. @param {Link} link */
function answersOf(link) {
  /** @type {Buffer[]} */
  const waiting = [];
  /** @type {((record: Buffer) => void) | null} */
  let wanted = null;
  link.onRecord((record) => {
    if (wanted === null) waiting.push(Buffer.from(record));
    else wanted(record);
    wanted = null;
  });
  return {
    /** Waits for the next answer. @param {number} number the record it must be */
    async next(number) {
      const record =
        waiting.shift() ??
        (await new Promise((/** @type {(record: Buffer) => void} */ resolve) => {
          wanted = resolve;
        }));
      if (record.readInt32LE(0) !== number || record.readInt32LE(RECORD_LENGTH - 4) !== ~number)
        throw new Error(`record ${number} came back damaged`);
    },
  };
}
