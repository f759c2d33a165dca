import { once } from 'node:events';
import path from 'node:path';
import { expect, test } from 'vitest';
import { child, stop } from '../child.js';
import { printed, start } from '../cli/ringwire-command.js';
import { temporaryFolder } from '../temporary.js';

test('an observer that was stopped for ten thresholds reports only true stalls after it resumes', async () => {
  const socket = path.join(temporaryFolder(), 's');
  const observer = start([
    'vlp',
    'watch',
    '--json',
    '--socket',
    socket,
    '--threshold-ms',
    '500',
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
  expect(events).not.toContain('"kind":"stall"');
  const stalled = printed(observer.stdout, '"kind":"stall"');
  agent.kill('SIGKILL');
  await once(agent, 'exit');
  await stalled;
});
