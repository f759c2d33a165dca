// @ts-check
/** Beats and their observer. Each side runs alone in its process; the receiver is drained outside the measured time. */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { VlpObserver } from 'ringwire/health';
import { nodeProcess, runTogether } from '../children.mjs';
import { percentile } from '../statistics.mjs';

/** @typedef {import('../settings.mjs').Settings['health']} Sizes */

const FAST = 10_000;
/** The observer takes the last beats at once, or they are lost. */
const PATIENCE_MILLIS = 10_000;

/** @param {import('../context.mjs').Context} context */
export function measureHealth(context) {
  const sizes = context.settings.health;
  return context.withFolder(async (folder) => {
    context.progress('beats');
    const beats = await measureBeats(folder, sizes);
    context.progress('one fast agent');
    const fast = await fastAgent(folder, sizes);
    context.progress('an idle observer');
    const idle = await idleObserver(folder, sizes);
    return { loadAverage: os.loadavg()[1], beats, fast, idle };
  });
}

/** Each side in a process of its own, in turn; a ratio is made of two runs beside each other. @param {string} folder @param {Sizes} sizes */
async function measureBeats(folder, sizes) {
  const sides = ['send', 'socket', 'socketVersion2', 'log', 'ring'];
  /** @type {Record<string, { nanos: number, bytes: number }[]>} */
  const runs = Object.fromEntries(sides.map((side) => [side, []]));
  for (let round = 0; round < sizes.rounds; round++) {
    for (const side of sides) {
      const own = fs.mkdtempSync(path.join(folder, `${side}-`));
      const parameters = { side, folder: own, beats: sizes.beats };
      const [run] = await runTogether([nodeProcess('health-beats', parameters, ['--expose-gc'])]);
      runs[side]?.push(run);
      fs.rmSync(own, { recursive: true });
    }
  }
  const all = (/** @type {string} */ side) => runs[side] ?? [];
  const medianOf = (/** @type {number[]} */ values) => percentile(values, 0.5);
  const ratio = (/** @type {string} */ over, /** @type {string} */ under) =>
    medianOf(all(over).map(({ nanos }, i) => nanos / (all(under)[i]?.nanos ?? Number.NaN)));
  const each = (/** @type {(side: string) => number} */ value) =>
    Object.fromEntries(sides.map((side) => [side, value(side)]));
  return {
    runs,
    medians: each((side) => medianOf(all(side).map(({ nanos }) => nanos))),
    bytes: each((side) => Math.min(...all(side).map(({ bytes }) => bytes))),
    ratios: {
      beatToSend: ratio('socket', 'send'),
      socketToLog: ratio('socket', 'log'),
      socketToRing: ratio('socket', 'ring'),
    },
  };
}

/** One agent at 10,000 beats a second: does the observer keep up? @param {string} folder @param {Sizes} sizes */
async function fastAgent(folder, sizes) {
  const socket = path.join(folder, 'fast');
  const observer = VlpObserver.bind({ socket, thresholdMs: 60_000 });
  const parameters = { socket, perSecond: FAST, seconds: sizes.seconds };
  const [sender] = await runTogether([nodeProcess('health-agent', parameters)]);
  // What it sent last is in the queue of the socket.
  const end = performance.now() + PATIENCE_MILLIS;
  while (observer.counters.beats < sender.sent && performance.now() < end) await delay(10);
  const { beats, outOfOrder } = observer.counters;
  await observer.close();
  return { ...sender, accepted: beats, outOfOrder, perSecond: FAST, seconds: sizes.seconds };
}

/** Many agents at one beat a second: what does the observer take? @param {string} folder @param {Sizes} sizes */
async function idleObserver(folder, sizes) {
  const socket = path.join(folder, 'idle');
  const { agents, idleSeconds } = sizes;
  const program = nodeProcess('health-observer', { socket, agents, seconds: idleSeconds });
  const observer = spawn(program.command, program.args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  observer.stdout.on('data', (data) => {
    text += data;
  });
  const ended = new Promise((resolve) => observer.once('close', resolve));
  while (!text.includes('bound')) await delay(10);
  const agent = nodeProcess('health-agent', { socket, perSecond: 1, seconds: 600 });
  const senders = [];
  for (let i = 0; i < agents; i++) {
    senders.push(spawn(agent.command, agent.args, { stdio: 'ignore' }));
    await delay(100);
  }
  await ended;
  for (const sender of senders) sender.kill('SIGKILL');
  const bare = { perSecond: agents, seconds: idleSeconds };
  const [{ cpuShare: bareTimer }] = await runTogether([nodeProcess('bare-timer', bare)]);
  return { agents, bareTimer, ...JSON.parse(text.trim().split('\n').at(-1) ?? '') };
}
