// @ts-check
/**
 * Minimum cost of waking event loops on this machine: this process writes the time into pipes every few milliseconds.
 * `readers` pipes end in each of `processes` children, which measure the delay. They are pipes of the kernel with names
 * (fifo(7)); the pipes that Node makes for a child are sockets. Compare ring-sleeper.mjs, which uses the doorbell.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { percentile } from '../statistics.mjs';

const STAMP = 8;
const { folder, wakes, warmup, intervalMillis, processes, readers, asleep } = JSON.parse(
  process.argv[2] ?? '{}',
);

/** The pipes of one child. @param {number} child @returns {string[]} */
const pipesOf = (child) => Array.from({ length: readers }, (_, i) => path.join(folder, `pipe-${child}-${i}`));

async function tick() {
  const children = Array.from({ length: processes }, (_, child) => child);
  const { status, stderr } = spawnSync('mkfifo', children.flatMap(pipesOf), { encoding: 'utf8' });
  if (status !== 0) throw new Error(`mkfifo: ${stderr}`);
  const sleepers = children.map((child) => {
    const parameters = JSON.stringify({ folder, wakes, warmup, readers, asleep: { child } });
    return spawn(process.execPath, [fileURLToPath(import.meta.url), parameters], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
  });
  const outputs = sleepers.map(() => '');
  await Promise.all(
    sleepers.map(async (sleeper, i) => {
      sleeper.stdout.on('data', (data) => {
        outputs[i] += data;
      });
      await once(sleeper.stdout, 'data');
    }),
  );
  const ends = sleepers.map((sleeper) => once(sleeper, 'close'));
  const pipes = children.flatMap(pipesOf).map((name) => fs.openSync(name, 'w'));
  const stamp = Buffer.alloc(STAMP);
  for (let n = 0; n < warmup + wakes; n++) {
    await delay(intervalMillis);
    // The stamp is the same in each pipe, as a record of a ring is the same for each reader.
    stamp.writeDoubleLE(Number(process.hrtime.bigint()), 0);
    for (const pipe of pipes) fs.writeSync(pipe, stamp);
  }
  for (const pipe of pipes) fs.closeSync(pipe);
  await Promise.all(ends);
  const sides = outputs.map((text) => JSON.parse(text.trim().split('\n').at(-1) ?? ''));
  process.stdout.write(`${JSON.stringify({ sides })}\n`);
}

async function sleep() {
  const total = warmup + wakes;
  const micros = new Float64Array(wakes * readers);
  let measured = 0;
  const { O_RDONLY, O_NONBLOCK } = fs.constants;
  const pipes = pipesOf(asleep.child).map(
    (name) => new net.Socket({ fd: fs.openSync(name, O_RDONLY | O_NONBLOCK) }),
  );
  const ends = pipes.map((pipe) => {
    let received = 0;
    pipe.on('data', (data) => {
      const now = Number(process.hrtime.bigint());
      for (let at = 0; at < data.length; at += STAMP)
        if (received++ >= warmup) micros[measured++] = (now - data.readDoubleLE(at)) / 1000;
    });
    return once(pipe, 'close').then(() => received === total);
  });
  process.stdout.write('ready\n');
  if ((await Promise.all(ends)).includes(false)) throw new Error('stamps are missing');
  const [p50, p99] = [percentile(micros, 0.5), percentile(micros, 0.99)];
  process.stdout.write(`${JSON.stringify({ p50, p99, verified: measured })}\n`);
}

await (asleep ? sleep() : tick());
