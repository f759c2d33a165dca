// @ts-check
/**
 * Minimum cost of waking an event loop on this machine: a child writes the time into a pipe every few milliseconds, and
 * this process measures the delay. Compare ring-sleeper.mjs, which uses the doorbell.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { percentile } from '../statistics.mjs';

const STAMP = 8;
const { wakes, warmup, intervalMillis, write } = JSON.parse(process.argv[2] ?? '{}');

async function tick() {
  const stamp = Buffer.alloc(STAMP);
  for (let n = 0; n < warmup + wakes; n++) {
    await delay(intervalMillis);
    stamp.writeDoubleLE(Number(process.hrtime.bigint()), 0);
    fs.writeSync(1, stamp);
  }
}

async function sleep() {
  const parameters = JSON.stringify({ wakes, warmup, intervalMillis, write: true });
  const ticker = spawn(process.execPath, [fileURLToPath(import.meta.url), parameters], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  /** @type {number[]} */
  const micros = [];
  ticker.stdout.on('data', (/** @type {Buffer} */ data) => {
    const now = Number(process.hrtime.bigint());
    for (let at = 0; at < data.length; at += STAMP) micros.push((now - data.readDoubleLE(at)) / 1000);
  });
  await once(ticker, 'close');
  const measured = Float64Array.from(micros.slice(warmup));
  const [p50, p99] = [percentile(measured, 0.5), percentile(measured, 0.99)];
  process.stdout.write(`${JSON.stringify({ p50, p99, verified: measured.length })}\n`);
}

await (write ? tick() : sleep());
