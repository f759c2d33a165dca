/** bench/aeron.mjs carries what it says: a tiny run, whose figures mean nothing. */
import fs from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { run } from '../child.js';
import { temporaryFolder } from '../temporary.js';

it('every way of the Aeron benchmark runs, verifies its messages and stands in the page', async () => {
  const out = temporaryFolder();
  const { code, stderr } = await run(process.execPath, ['bench/aeron.mjs', '--tiny', '--out', out], {
    env: { ...process.env, AERON_SAMPLES: undefined },
  });
  expect(code, stderr).toBe(0);
  const { figures, runs, verified, sizes } = JSON.parse(
    fs.readFileSync(path.join(out, 'aeron-benchmarks.json'), 'utf8'),
  );
  expect(verified).toBe(true);
  expect(sizes.records).toBe(40_000);
  const keys = [64].flatMap((length) => [
    ...['claim', 'offer', 'shared', 'ring'].flatMap((way) => [
      `${length} sending ${way}`,
      `${length} rate ${way}`,
    ]),
    ...['aeron', 'ring'].flatMap((way) => [
      `${length} polling ${way}`,
      `${length} p50 ${way}`,
      `${length} p99 ${way}`,
    ]),
  ]);
  expect(Object.keys(runs).sort()).toEqual(keys.sort());
  for (const [key, figure] of Object.entries(figures)) expect(figure, key).toBeGreaterThan(0);
  const page = fs.readFileSync(path.join(out, 'aeron-benchmarks.md'), 'utf8');
  expect(page).toContain('not figures to quote');
  expect(page).toContain('Against C: not measured');
  expect(page).not.toMatch(/NaN|undefined|Infinity/);
}, 180_000);
