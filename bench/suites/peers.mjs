// @ts-check
/**
 * Rings between languages: C, Python and Node write, C and Node read. Records of 64 bytes through a back-pressure ring,
 * each verified, and the delay of stamps that are sent at intervals. All pairs take turns in each round; medians.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { nodeProcess, runTogether } from '../children.mjs';
import { inFreshRing } from './ring.mjs';

/** @typedef {import('../context.mjs').Context} Context */
/** @typedef {{ command: string, args: string[] }} Program */
/** @typedef {{ write: (root: string, records: number) => Program, stamp: (root: string) => Program }} Writer */
/** @typedef {{ read: (root: string, records: number) => Program, delay: (root: string) => Program }} Reader */

const LENGTH = 64;
const PYTHON = fileURLToPath(new URL('../processes/ring-peer.py', import.meta.url));
const SOURCES = fileURLToPath(new URL('../../src/peers', import.meta.url));

/** @param {Context} context @param {string | null} program the C program @returns {Record<string, Writer>} */
function writers({ settings }, program) {
  const { stamps, intervalNanos: interval } = settings.peers;
  const python = spawnSync('python3', ['--version']).status === 0;
  /** @type {Record<string, Writer>} */
  const all = {
    Node: {
      write: (root, records) =>
        nodeProcess('ring-side', { root, side: 'write', length: LENGTH, records, batch: 1 }),
      stamp: (root) => nodeProcess('ring-side', { root, side: 'stamp', records: stamps, interval }),
    },
  };
  if (program !== null) {
    all['C'] = {
      write: (root, records) => ({ command: program, args: ['write', root, `${records}`, `${LENGTH}`, '1'] }),
      stamp: (root) => ({ command: program, args: ['stamp', root, `${stamps}`, `${interval}`, '0'] }),
    };
  }
  if (python) {
    const args = [PYTHON, SOURCES];
    all['Python'] = {
      write: (root, records) => ({
        command: 'python3',
        args: [...args, 'write', root, `${records}`, `${LENGTH}`],
      }),
      stamp: (root) => ({ command: 'python3', args: [...args, 'stamp', root, `${stamps}`, `${interval}`] }),
    };
  }
  return all;
}

/** @param {Context} context @param {string | null} program @returns {Record<string, Reader>} */
function readers({ settings }, program) {
  const { stamps } = settings.peers;
  const warmup = stamps / 4;
  /** @type {Record<string, Reader>} */
  const all = {
    Node: {
      read: (root, records) =>
        nodeProcess('ring-side', { root, side: 'poll', length: LENGTH, records, warmup: records / 8 }),
      delay: (root) => nodeProcess('ring-side', { root, side: 'delay', records: stamps, warmup }),
    },
  };
  if (program !== null) {
    all['C'] = {
      read: (root, records) => ({
        command: program,
        args: ['read', root, `${records}`, `${LENGTH}`, `${records / 8}`],
      }),
      delay: (root) => ({ command: program, args: ['delay', root, `${stamps}`, '0', `${warmup}`] }),
    };
  }
  return all;
}

/** @param {Context} context */
export async function measurePeers(context) {
  const program = context.native('ring');
  const { settings } = context;
  /** @type {Record<string, { rates: number[], p50: number[], p99: number[] }>} */
  const pairs = {};
  for (let round = 0; round < settings.peers.rounds; round++) {
    for (const [from, writer] of Object.entries(writers(context, program))) {
      for (const [to, reader] of Object.entries(readers(context, program))) {
        const name = `${from} to ${to}`;
        context.progress(name);
        pairs[name] ??= { rates: [], p50: [], p99: [] };
        const records = from === 'Python' ? settings.peers.pythonRecords : settings.ringRecords;
        const [read] = await inFreshRing(context, 'back-pressure', (root) =>
          runTogether([reader.read(root, records), writer.write(root, records)]),
        );
        pairs[name].rates.push(((records - records / 8) / read.nanos) * 1e9);
        const [delay] = await inFreshRing(context, 'back-pressure', (root) =>
          runTogether([reader.delay(root), writer.stamp(root)]),
        );
        pairs[name].p50.push(delay.p50);
        pairs[name].p99.push(delay.p99);
      }
    }
  }
  const { stamps, intervalNanos } = settings.peers;
  return { length: LENGTH, stamps, intervalNanos, pairs };
}
