// @ts-check
/**
 * node bench/ring.mjs [--quick] [--rounds N]: the back-pressure ring beside the C program of the same protocol, and
 * iterator and stream beside poll. Records of 64 bytes, verified; medians of paired runs.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { RingWriter, TickUnit } from 'ringwire';
import { nodeProcess, runTogether } from './children.mjs';
import { compileNative } from './native/compile.mjs';
import { median } from './statistics.mjs';

/** @param {string} line */
const say = (line) => process.stdout.write(`${line}\n`);
const { values } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, rounds: { type: 'string', default: '3' } },
});
const LENGTH = 64;
const RECORDS = values.quick ? 640_000 : 6_400_000;
const WARMUP = RECORDS / 8;
const BATCH = 16;
const memory = fs.existsSync('/dev/shm') ? '/dev/shm' : os.tmpdir();

/** @param {(root: string, file: string) => Promise<any[]>} run @returns {Promise<number>} records per second */
async function inFreshRing(run) {
  const root = fs.mkdtempSync(path.join(memory, 'ringwire-bench-'));
  try {
    const ring = RingWriter.create(root, {
      ...{ writerId: 1, channelId: 1, capacity: 1 << 20, maxMessageLength: LENGTH },
      ...{ timeout: 60, tickUnit: TickUnit.Secs, policy: 'back-pressure', prefault: true },
    });
    ring.detach();
    const [read] = await run(root, ring.path);
    return ((RECORDS - WARMUP) / read.nanos) * 1e9;
  } finally {
    fs.rmSync(root, { recursive: true });
  }
}

/** @param {string} side @param {number} batch */
const ours = (side, batch) =>
  inFreshRing((root) => {
    const size = { root, length: LENGTH, records: RECORDS, warmup: WARMUP, batch };
    return runTogether([
      nodeProcess('ring-side', { ...size, side }),
      nodeProcess('ring-side', { ...size, side: 'write' }),
    ]);
  });

/** @param {string} program @param {number} batch */
const native = (program, batch) =>
  inFreshRing((_, file) => {
    const size = [file, String(RECORDS), String(LENGTH)];
    return runTogether([
      { command: program, args: ['read', ...size, String(WARMUP)] },
      { command: program, args: ['write', ...size, String(batch)] },
    ]);
  });

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ringwire-bench-'));
const compiled = compileNative(folder, 'ring');
if ('reason' in compiled) say(`without the C program: ${compiled.reason}`);
/** @type {Record<string, number[]>} */
const rates = {};
/** @param {string} name @param {Promise<number>} rate */
const note = async (name, rate) => {
  rates[name] = [...(rates[name] ?? []), await rate];
};
for (let round = 0; round < Number(values.rounds); round++) {
  for (const batch of [1, BATCH]) {
    if ('program' in compiled) await note(`C, batch ${batch}`, native(compiled.program, batch));
    await note(`ring, batch ${batch}`, ours('poll', batch));
  }
  await note('iterator in batches', ours('batches', BATCH));
  await note('stream of batches', ours('stream', BATCH));
}
fs.rmSync(folder, { recursive: true });
const rate = (/** @type {string} */ name) => median(rates[name] ?? [Number.NaN]);
for (const name of Object.keys(rates)) say(`${name}: ${(rate(name) / 1e6).toFixed(2)} M records/s`);
const ratio = (/** @type {string} */ a, /** @type {string} */ b) => (rate(a) / rate(b)).toFixed(2);
say(`single write / C: ${ratio('ring, batch 1', 'C, batch 1')} (aim 0.6)`);
say(`batch / C: ${ratio(`ring, batch ${BATCH}`, `C, batch ${BATCH}`)} (aim 0.9)`);
say(`iterator / poll: ${ratio('iterator in batches', `ring, batch ${BATCH}`)} (aim 0.25)`);
say(`stream / poll: ${ratio('stream of batches', `ring, batch ${BATCH}`)} (aim 0.1)`);
