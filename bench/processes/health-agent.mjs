// @ts-check
/** Beats at a steady rate; above 1000 a second it spins between beats. Reports the outcomes. */
import { setTimeout as delay } from 'node:timers/promises';
import { BeatOutcome, Status, VlpAgent } from 'ringwire/health';

const { socket, perSecond, seconds } = JSON.parse(process.argv[2] ?? '{}');
const agent = VlpAgent.connect(socket);
const count = { sent: 0, dropped: 0, failed: 0 };
const beats = perSecond * seconds;
const begin = performance.now() + (perSecond === 1 ? Math.random() * 1000 : 0);
for (let i = 0; i < beats; i++) {
  const due = begin + (i * 1000) / perSecond;
  if (perSecond <= 1000) await delay(Math.max(0, due - performance.now()));
  else while (performance.now() < due);
  const outcome = agent.beat(Status.Ok, i);
  if (outcome === BeatOutcome.Sent) count.sent++;
  else if (outcome === BeatOutcome.Dropped) count.dropped++;
  else count.failed++;
}
agent.close();
process.stdout.write(`${JSON.stringify(count)}\n`);
