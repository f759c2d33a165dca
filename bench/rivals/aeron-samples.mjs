// @ts-check
/**
 * The samples of the original C client over the embedded driver, for comparison: `AERON_SAMPLES` names the folder with
 * `streaming_exclusive_publisher`, `rate_subscriber`, `cping` and `cpong`. The publisher always sends 32 bytes, whatever
 * its options; a build of it with DEFAULT_MESSAGE_LENGTH 64 may lie beside it as `streaming_exclusive_publisher_64`.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { nodeProcess, runTogether } from '../children.mjs';
import { pinned } from '../topology.mjs';

const PROGRAMS = ['streaming_exclusive_publisher', 'rate_subscriber', 'cping', 'cpong'];
const STREAM = '1';

/** Why the samples cannot run, or null. @returns {string | null} */
export function samplesMissing() {
  const folder = process.env['AERON_SAMPLES'];
  if (folder === undefined) return 'AERON_SAMPLES names no folder with the C samples';
  const missing = PROGRAMS.filter((name) => !existsSync(path.join(folder, name)));
  return missing.length === 0 ? null : `${missing.join(', ')} missing in ${folder}`;
}

/** The publisher for messages of a length. @param {number} length */
const publisherOf = (length) =>
  length === 32 ? 'streaming_exclusive_publisher' : `streaming_exclusive_publisher_${length}`;

/** Whether a C publisher sends messages of this length. @param {number} length */
export function publishesLength(length) {
  return existsSync(path.join(process.env['AERON_SAMPLES'] ?? '', publisherOf(length)));
}

/** @typedef {import('../context.mjs').Context} Context */

/** Receiving sides run where our readers run, sending ones where our writers run. @param {Context} context @param {string} name @param {string} directory @param {string[]} args */
function sample({ places }, name, directory, args) {
  const receives = ['rate_subscriber', 'cping'].includes(name);
  const program = path.join(process.env['AERON_SAMPLES'] ?? '', name);
  const { command, args: all } = pinned(
    { command: program, args: ['-p', directory, ...args] },
    places.pinned?.[receives ? 1 : 0],
  );
  const child = spawn(command, all, { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  const ended = once(child, 'close');
  return {
    /** Its output, after it has ended. */
    async output() {
      await ended;
      return output;
    },
    async stop() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** @param {string} text @param {RegExp} pattern */
function figure(text, pattern) {
  const match = pattern.exec(text);
  if (match === null) throw new Error(`a sample printed no figure: ${text.slice(-400)}`);
  return Number(match[1]);
}

const ipc = ['-c', 'aeron:ipc', '-s', STREAM];

/** @param {Context} context @param {string} directory @param {number} length @param {number} messages */
function cPublisher(context, directory, length, messages) {
  const size = ['-m', String(messages), '-l', '0'];
  return sample(context, publisherOf(length), directory, [...ipc, ...size]);
}

/** Messages per second from a C publisher to a C subscriber. @param {Context} context @param {string} directory @param {number} length @param {number} messages */
export async function cToC(context, directory, length, messages) {
  const subscriber = sample(context, 'rate_subscriber', directory, ipc);
  try {
    return figure(
      await cPublisher(context, directory, length, messages).output(),
      /ms, ([\d.e+]+) msgs\/sec/,
    );
  } finally {
    await subscriber.stop();
  }
}

/** From a C publisher to our subscriber, which counts. @param {Context} context @param {string} directory @param {number} length @param {number} messages */
export async function cToOurs(context, directory, length, messages) {
  const end = {
    transport: 'aeron',
    role: 'counter',
    way: 'poll',
    length,
    directory,
    warmup: 0,
    records: messages,
  };
  const publisher = cPublisher(context, directory, length, messages);
  const [received] = await runTogether(context.pair(nodeProcess('aeron-end', end)));
  await publisher.output();
  return (messages / received.nanos) * 1e9;
}

/** From our publisher, by claims, to a C subscriber. @param {Context} context @param {string} directory @param {number} length @param {number} messages */
export async function oursToC(context, directory, length, messages) {
  const warmup = Math.ceil(messages / 4);
  const end = {
    transport: 'aeron',
    role: 'publisher',
    way: 'claim',
    length,
    directory,
    warmup,
    records: messages,
  };
  const subscriber = sample(context, 'rate_subscriber', directory, ipc);
  try {
    const [sent] = await runTogether([pinned(nodeProcess('aeron-end', end), context.places.pinned?.[0])]);
    return (messages / sent.nanos) * 1e9;
  } finally {
    await subscriber.stop();
  }
}

/** Round trips between C programs in microseconds. @param {Context} context @param {string} directory @param {number} length @param {number} exchanges */
export async function cRoundTrip(context, directory, length, exchanges) {
  const streams = ['-c', 'aeron:ipc', '-s', '21', '-C', 'aeron:ipc', '-S', '22'];
  const pong = sample(context, 'cpong', directory, streams);
  try {
    const size = ['-L', String(length), '-m', String(exchanges), '-w', String(Math.ceil(exchanges / 5))];
    const text = await sample(context, 'cping', directory, [...streams, ...size]).output();
    // The table of a histogram: a value, and the share of the samples that are no larger.
    const rows = [...text.matchAll(/^\s*([\d.]+)\s+([01]\.\d+)\s+\d+/gm)].map(([, value, share]) =>
      [value, share].map(Number),
    );
    const at = (/** @type {number} */ least) => rows.find(([, share = 0]) => share >= least)?.[0];
    const [p50, p99] = [at(0.5), at(0.99)];
    if (p50 === undefined || p99 === undefined)
      throw new Error(`cping printed no histogram: ${text.slice(-400)}`);
    return { p50, p99 };
  } finally {
    await pong.stop();
  }
}
