// @ts-check
/** An observer alone: its processor time while it waits for beats, and the number of received beats. */
import { setTimeout as delay } from 'node:timers/promises';
import { VlpObserver } from 'ringwire/health';

const { socket, agents, seconds } = JSON.parse(process.argv[2] ?? '{}');
const observer = VlpObserver.bind({ socket, thresholdMs: 60_000 });
process.stdout.write('bound\n');
while (observer.agents().length < agents) await delay(20);
await delay(1000);
const before = process.cpuUsage();
const from = performance.now();
const beats = observer.counters.beats;
await delay(seconds * 1000);
const { user, system } = process.cpuUsage(before);
const millis = performance.now() - from;
const accepted = observer.counters.beats - beats;
await observer.close();
process.stdout.write(`${JSON.stringify({ cpuShare: (user + system) / 1000 / millis, accepted, millis })}\n`);
