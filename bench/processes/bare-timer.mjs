// @ts-check
/** The cost of waking any Node process: an empty timer at a given rate. */
import { setTimeout as delay } from 'node:timers/promises';

const { perSecond, seconds } = JSON.parse(process.argv[2] ?? '{}');
const timer = setInterval(() => {}, 1000 / perSecond);
await delay(1000);
const before = process.cpuUsage();
const from = performance.now();
await delay(seconds * 1000);
const { user, system } = process.cpuUsage(before);
const cpuShare = (user + system) / 1000 / (performance.now() - from);
clearInterval(timer);
process.stdout.write(`${JSON.stringify({ cpuShare })}\n`);
