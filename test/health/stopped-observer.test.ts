import { once } from 'node:events';
import path from 'node:path';
import { expect, test } from 'vitest';
import { child, messageFrom, stop } from '../child.js';
import { printed, start } from '../cli/ringwire-command.js';
import { temporaryFolder } from '../temporary.js';

const THRESHOLD_MS = 500;

test('an observer that was stopped for ten thresholds reports only true stalls after it resumes', async () => {
  const socket = path.join(temporaryFolder(), 's');
  const observer = start([
    'vlp',
    'watch',
    '--json',
    '--socket',
    socket,
    '--threshold-ms',
    String(THRESHOLD_MS),
    '--prom-addr',
    '127.0.0.1:0',
  ]);
  let events = '';
  observer.stdout.on('data', (text) => {
    events += text;
  });
  await printed(observer.stdout, 'metrics');
  const agent = child(new URL('./processes/steady-agent.mjs', import.meta.url), socket, 50);
  await printed(observer.stdout, '"kind":"beat"');
  await stop(observer);
  await new Promise((resolve) => setTimeout(resolve, 5000));
  const goesOn = printed(observer.stdout, '"kind":"beat"');
  observer.kill('SIGCONT');
  await goesOn;
  await new Promise((resolve) => setTimeout(resolve, 1000));
  agent.send('longest pause');
  const { longest } = await messageFrom<{ longest: number }>(agent);
  // An agent that a busy machine did not let run for so long has stalled; half of it is for the way of a beat.
  if (longest < THRESHOLD_MS / 2) expect(events).not.toContain('"kind":"stall"');
  else process.stdout.write(`not compared: the agent paused for ${longest.toFixed(0)} ms\n`);
  const stalled = printed(observer.stdout, '"kind":"stall"');
  agent.kill('SIGKILL');
  await once(agent, 'exit');
  await stalled;
});
