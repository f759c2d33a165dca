import fs from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { VlpObserver } from '../../src/health/index.js';
import { child, messageFrom } from '../child.js';
import { temporaryFolder } from '../temporary.js';

const DATAGRAMS = 500;

test('the observer closes descriptors that a sender attaches, and accepts its beats', async () => {
  const socket = path.join(temporaryFolder(), 's');
  const observer = VlpObserver.bind({ socket, thresholdMs: 60_000 });
  onTestFinished(() => observer.close());
  const smuggler = child(new URL('./processes/smuggler.mjs', import.meta.url), socket, DATAGRAMS);
  const { sent } = await messageFrom<{ sent: number }>(smuggler);
  expect(sent).toBe(DATAGRAMS);
  while (observer.counters.beats < DATAGRAMS) await new Promise((resolve) => setTimeout(resolve, 5));
  const targets = fs.readdirSync('/proc/self/fd').map((fd) => {
    try {
      return fs.readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      return '';
    }
  });
  expect(targets.filter((target) => target.includes('smuggled'))).toEqual([]);
});
