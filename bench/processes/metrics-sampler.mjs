// @ts-check
/** Samples the channels below a root every second, alone in its process: processor and memory that it takes. */
import fs from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { Sampler } from 'ringwire/metrics';

const { root, seconds } = JSON.parse(process.argv[2] ?? '');

const sampler = new Sampler({ root });
let snapshots = 0;
let readers = 0;
/** @type {(() => void)[]} */
const waiting = [];
const stop = sampler.subscribe(({ channels }) => {
  snapshots++;
  readers = channels.reduce((sum, channel) => sum + channel.readers.length, 0);
  for (const next of waiting.splice(0)) next();
});
// The first samples open all channels and warm the code up.
while (snapshots < 5) await /** @type {Promise<void>} */ (new Promise((resolve) => waiting.push(resolve)));
const before = process.cpuUsage();
const from = performance.now();
const first = snapshots;
await delay(seconds * 1000);
const { user, system } = process.cpuUsage(before);
const micros = (performance.now() - from) * 1000;
const channels = sampler.latest?.channels.length;
stop();
process.stdout.write(
  `${JSON.stringify({
    channels,
    readers,
    snapshots: snapshots - first,
    cpuShare: (user + system) / micros,
    rssMiB: residentBytes() / 2 ** 20,
    durationMs: sampler.latest?.durationMs,
  })}\n`,
);
sampler.close();

/** Resident memory, pages of the channels included. */
function residentBytes() {
  return Number(/VmRSS:\s+(\d+)/.exec(fs.readFileSync('/proc/self/status', 'utf8'))?.[1]) * 1024;
}
