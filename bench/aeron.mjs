// @ts-check
/**
 * node bench/aeron.mjs [--quick | --tiny] [--out FOLDER]
 *
 * Aeron IPC over the embedded driver, beside our own ring in the same run: sending and polling alone in one process;
 * claim, offer and shared publications between two; round trips; and where AERON_SAMPLES names the C samples, those.
 * Every message is verified, of the C samples its number and length. Writes aeron-benchmarks.json and .md.
 */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { DriverWorker } from 'ringwire/aeron';
import { cRoundTrip, cToC, cToOurs, oursToC, samplesMissing } from './aeron-samples.mjs';
import { nodeProcess, runTogether } from './children.mjs';
import { createContext } from './context.mjs';
import { describeMachine } from './machine.mjs';
import { median } from './statistics.mjs';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    tiny: { type: 'boolean', default: false },
    out: { type: 'string', default: fileURLToPath(new URL('../docs', import.meta.url)) },
  },
});
const quick = values.quick || values.tiny;
const rounds = quick ? 1 : 3;
/** `tiny` shows that everything runs and is verified, no more. */
const sizes = values.tiny
  ? { warmup: 20_000, records: 40_000, exchanges: 200 }
  : quick
    ? { warmup: 400_000, records: 800_000, exchanges: 5_000 }
    : { warmup: 1_000_000, records: 3_000_000, exchanges: 20_000 };
const context = createContext({ quick });

/** @param {string} transport @param {(directory: string) => Promise<any>} action */
function over(transport, action) {
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

/** @param {string} transport @param {string} way @param {number} length */
function rate(transport, way, length) {
  const size = { transport, way, length, warmup: sizes.warmup, records: sizes.records };
  return over(transport, async (directory) => {
    const end = (/** @type {string} */ role) => nodeProcess('aeron-end', { ...size, role, directory });
    const [received] = await runTogether([end('subscriber'), end('publisher')]);
    if (received.verified !== sizes.warmup + sizes.records) throw new Error(`${received.verified} verified`);
    return (sizes.records / received.nanos) * 1e9;
  });
}

/** One process that sends and polls in turn. @param {string} transport @param {string} way @param {number} length */
function alone(transport, way, length) {
  const { warmup, records } = sizes;
  const size = { transport, way, length, warmup: warmup / 2, records, role: 'alone' };
  return over(transport, async (directory) => {
    const [result] = await runTogether([nodeProcess('aeron-end', { ...size, directory })]);
    if (!(result.timed > 0)) throw new Error(`${way}: nothing was timed, the driver was too slow`);
    return result;
  });
}

/** @param {string} transport @param {number} length */
function roundTrip(transport, length) {
  const size = { transport, way: 'claim', length, warmup: sizes.exchanges / 5, records: sizes.exchanges };
  return over(transport, async (directory) => {
    const end = (/** @type {string} */ role) => nodeProcess('aeron-end', { ...size, role, directory });
    const [ping] = await runTogether([end('ping'), end('pong')]);
    return ping;
  });
}

const missing = samplesMissing();
const WAYS = ['claim', 'offer', 'shared'];
/** @type {Map<string, number[]>} */
const runs = new Map();
const keep = (/** @type {(string | number)[]} */ key, /** @type {number} */ value) =>
  runs.set(key.join(' '), [...(runs.get(key.join(' ')) ?? []), value]);
/** The median of what was kept, or null. @param {(string | number)[]} key */
const of = (...key) => {
  const kept = runs.get(key.join(' '));
  return kept === undefined ? null : median(kept);
};
const LENGTHS = values.tiny ? [64] : [32, 64];

try {
  for (const length of LENGTHS) {
    for (let round = 0; round < rounds; round++) {
      const progress = (/** @type {string} */ what) =>
        context.progress(`${length} bytes, round ${round + 1}: ${what}`);
      for (const [transport, way] of [...WAYS.map((way) => ['aeron', way]), ['ring', 'offer']]) {
        progress(`${transport}, ${way}, alone`);
        const result = await alone(/** @type {string} */ (transport), /** @type {string} */ (way), length);
        const name = transport === 'ring' ? 'ring' : /** @type {string} */ (way);
        keep([length, 'sending', name], result.sending);
        if (way === 'offer') keep([length, 'polling', transport ?? ''], result.polling);
        progress(`${transport}, ${way}`);
        keep(
          [length, 'rate', name],
          await rate(/** @type {string} */ (transport), /** @type {string} */ (way), length),
        );
      }
      for (const transport of ['aeron', 'ring']) {
        progress(`${transport}, round trips`);
        const { p50, p99 } = await roundTrip(transport, length);
        keep([length, 'p50', transport], p50);
        keep([length, 'p99', transport], p99);
      }
      if (missing !== null) continue;
      progress('C samples');
      keep(
        [length, 'p50', 'C'],
        await over('aeron', (directory) => cRoundTrip(directory, length, sizes.exchanges)),
      );
      // The publisher among the samples sends 32 bytes whatever it is told.
      if (length !== 32) continue;
      keep([length, 'C to C'], await over('aeron', (directory) => cToC(directory, length, sizes.records)));
      keep(
        [length, 'C to ours'],
        await over('aeron', (directory) => cToOurs(directory, length, sizes.records)),
      );
      keep(
        [length, 'ours to C'],
        await over('aeron', (directory) => oursToC(directory, length, sizes.records)),
      );
    }
  }
} finally {
  context.close();
}

const machine = describeMachine();
const figures = Object.fromEntries([...runs].map(([key, kept]) => [key, median(kept)]));
const report = {
  machine,
  quick,
  rounds,
  sizes,
  figures,
  runs: Object.fromEntries(runs),
  samples: missing,
  verified: true,
};
const millions = (/** @type {number | null} */ value) => (value === null ? '-' : (value / 1e6).toFixed(1));
const micros = (/** @type {number | null} */ value) => (value === null ? '-' : value.toFixed(2));
const ratio = (/** @type {number | null} */ a, /** @type {number | null} */ b) =>
  a === null || b === null ? '-' : (a / b).toFixed(2);
/** @param {(length: number) => (string | number)[][]} rows */
const table = (rows) =>
  LENGTHS.flatMap((length) => rows(length))
    .map((row) => `| ${row.join(' | ')} |`)
    .join('\n');

const againstC =
  missing !== null
    ? `Against C: not measured, ${missing}.`
    : `## Against the original's C samples, over the same driver

Million messages per second; claims on both sides; the samples' own count of what was sent, or ours of what came.

| bytes | C to C | C to ours | ours to C | ours to ours | ours to C / C to C | C to ours / C to C |
|---|---|---|---|---|---|---|
${table((n) => [
  [
    n,
    ...[of(n, 'C to C'), of(n, 'C to ours'), of(n, 'ours to C'), of(n, 'rate', 'claim')].map(millions),
    ratio(of(n, 'ours to C'), of(n, 'C to C')),
    ratio(of(n, 'C to ours'), of(n, 'C to C')),
  ],
])}

Round trip of \`cping\` and \`cpong\`, p50 in microseconds: ${LENGTHS.map((n) => `${micros(of(n, 'p50', 'C'))} at ${n} bytes (ours / C ${ratio(of(n, 'p50', 'aeron'), of(n, 'p50', 'C'))})`).join(', ')}.`;

const page = `# Figures of Aeron IPC

Generated by \`node bench/aeron.mjs\` on ${machine.date.slice(0, 10)}: ${machine.cpu}, ${machine.cores} cores, Node
${machine.node}${quick ? ' (quick sizes: not figures to quote)' : ''}. The embedded driver (16 MiB terms) runs on a thread of a process of its own; every message is
verified; medians of ${rounds} runs, our own ring in the same run. On two cores three processes compete: ratios count.

## One process, sending and polling in turn

Million messages per second of each alone. Nobody else touches the memory meanwhile: this is what the code costs.

| bytes | exclusive claim | exclusive offer | shared offer | our ring, tryWrite | Aeron poll | our ring, poll | poll / ring |
|---|---|---|---|---|---|---|---|
${table((n) => [
  [
    n,
    ...['claim', 'offer', 'shared', 'ring'].map((name) => millions(of(n, 'sending', name))),
    millions(of(n, 'polling', 'aeron')),
    millions(of(n, 'polling', 'ring')),
    ratio(of(n, 'polling', 'aeron'), of(n, 'polling', 'ring')),
  ],
])}

## Two processes

Million messages per second at the subscriber.

| bytes | exclusive claim | exclusive offer | shared offer | our ring, tryWrite | claim / ring | offer / ring |
|---|---|---|---|---|---|---|
${table((n) => [
  [
    n,
    ...['claim', 'offer', 'shared', 'ring'].map((name) => millions(of(n, 'rate', name))),
    ratio(of(n, 'rate', 'claim'), of(n, 'rate', 'ring')),
    ratio(of(n, 'rate', 'offer'), of(n, 'rate', 'ring')),
  ],
])}

## Round trip, both sides spinning, microseconds

| bytes | p50 | p99 | ring p50 | ring p99 | ratio of p50 |
|---|---|---|---|---|---|
${table((n) => [
  [
    n,
    micros(of(n, 'p50', 'aeron')),
    micros(of(n, 'p99', 'aeron')),
    micros(of(n, 'p50', 'ring')),
    micros(of(n, 'p99', 'ring')),
    ratio(of(n, 'p50', 'aeron'), of(n, 'p50', 'ring')),
  ],
])}

${againstC}

What was tried to get there stands in [aeron-hot-path.md](aeron-hot-path.md).
`;
process.stdout.write(`${page}`);
writeFileSync(path.join(values.out, 'aeron-benchmarks.json'), `${JSON.stringify(report, null, 1)}\n`);
writeFileSync(path.join(values.out, 'aeron-benchmarks.md'), page);
