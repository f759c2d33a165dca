/** On the hot paths a message costs no heap and no BigInt. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { expect, it } from 'vitest';
import { emptyFolder } from './driver-under-test.js';

const MESSAGES = 400_000;

const WAYS = ['offer', 'tryClaim', 'offer, controlledPoll', 'shared offer', 'shared tryClaim'];

it('offer, tryClaim with commit, poll and controlledPoll allocate nothing', () => {
  const script = path.join(import.meta.dirname, 'processes/measure-allocation.mjs');
  // 256 MiB of young generation: a collection in between would hide what was allocated before it.
  const flags = ['--expose-gc', '--min-semi-space-size=256', '--max-semi-space-size=256'];
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [...flags, script, path.join(emptyFolder(), 'aeron'), String(MESSAGES)],
    { encoding: 'utf8', timeout: 110_000 },
  );
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const result = JSON.parse(stdout);
  expect(result.received).toBe((WAYS.length + 1) * (1 + 3) * MESSAGES);
  for (const way of WAYS) {
    expect(result[way].collections, stdout).toBe(0);
    expect(result[way].bytes, stdout).toBeLessThan(1);
  }
  // The measurement sees what is allocated.
  expect(result['a number kept'].bytes, stdout).toBeGreaterThan(10);
});
