import path from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, onTestFinished, test } from 'vitest';
import { VlpObserver } from '../../src/health/index.js';
import { child, messageFrom } from '../child.js';
import { MEASURES } from '../size.js';
import { temporaryFolder } from '../temporary.js';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const DATAGRAMS = 100_000;
const LARGEST_GROWTH = 8 * 2 ** 20;

test('100,000 invalid datagrams, foreign pids and replays change only counters', async () => {
  const socket = path.join(temporaryFolder(), 's');
  const observer = VlpObserver.bind({ socket, thresholdMs: 60_000 });
  onTestFinished(() => observer.close());
  const flooder = child(new URL('./processes/flooder.mjs', import.meta.url), socket, DATAGRAMS);
  // The first tenth warms everything up; growth is counted from there.
  const { sent: warm } = await messageFrom<{ sent: number }>(flooder);
  const { counters } = observer;
  const counted = () =>
    counters.truncated +
    counters.outOfOrder +
    counters.authFailures +
    Object.values(counters.decodeErrors).reduce((sum, count) => sum + count, 0);
  // The last of them may still be in the queue.
  while (counted() < warm) await new Promise((resolve) => setTimeout(resolve, 5));
  const before = memory();
  const residentBefore = process.memoryUsage.rss();
  const atStart = counted();
  flooder.send('go on');
  const { sent } = await messageFrom<{ sent: number }>(flooder);
  while (counted() - atStart < sent) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(sent).toBe(DATAGRAMS);
  expect(counted() - atStart).toBe(sent);
  const kinds = [
    counters.truncated,
    counters.outOfOrder,
    counters.authFailures,
    counters.decodeErrors.BadMagic,
  ];
  for (const count of kinds) expect(count).toBeGreaterThan(DATAGRAMS / 5);
  expect(counters.beats).toBe(1);
  expect(observer.agents()).toMatchObject([{ pid: flooder.pid, beats: 1 }]);
  const growth = memory() - before;
  const resident = process.memoryUsage.rss() - residentBefore;
  process.stdout.write(`growth ${growth >> 10} KiB (resident ${resident >> 10} KiB)\n`);
  if (MEASURES) expect(growth).toBeLessThan(LARGEST_GROWTH);
});

/** What is held when everything that can be collected was: resident memory has the reserves of the collector in it. */
function memory(): number {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
