/** The whole benchmark in small sizes: what it shows is that every side ran and verified its records, not how fast. */
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { run } from '../child.js';
import { temporaryFolder } from '../temporary.js';

const RUN = fileURLToPath(new URL('../../bench/run.mjs', import.meta.url));
const PAGE = fileURLToPath(new URL('../../docs/benchmarks.md', import.meta.url));
const SUITES = ['allocation', 'doorbell', 'rivals', 'roundTrips', 'singleOperations', 'throughput'];

describe('the benchmark, quick', () => {
  it('verifies the records of every side and writes figures, chart and page', {
    timeout: 120_000,
  }, async () => {
    const out = temporaryFolder();
    fs.copyFileSync(PAGE, path.join(out, 'benchmarks.md'));
    const { stdout, stderr, code } = await run(process.execPath, [RUN, '--quick', '--out', out], {
      env: { ...process.env, NO_COLOR: '1' },
    });
    expect(code, stderr).toBe(0);

    const report = JSON.parse(fs.readFileSync(path.join(out, 'benchmarks.json'), 'utf8'));
    const { results } = report;
    expect(Object.keys(results).sort()).toEqual(SUITES);
    expect(report.machine).toMatchObject({ node: process.version, date: expect.stringMatching(/^\d{4}-/) });
    const modes = results.throughput.map(
      ({ mode, length }: { mode: string; length: number }) => `${mode} ${length}`,
    );
    for (const length of [16, 64, 256, 1024])
      expect(modes).toEqual(
        expect.arrayContaining([`write ${length}`, `claim ${length}`, `batch ${length}`]),
      );
    for (const row of [...results.throughput, results.roundTrips, ...results.doorbell])
      expect(row.verified).toBe(true);
    for (const row of results.throughput) expect(row.recordsPerSecond).toBeGreaterThan(0);
    for (const row of results.rivals) {
      if (row.skipped === undefined) expect(row).toMatchObject({ verified: true });
      else expect(row.skipped).toMatch(/does not load/);
    }
    if (report.native === 'compiled')
      for (const row of results.throughput) expect(row.ratio).toBeGreaterThan(0);
    else expect(stdout).toContain('C program not compiled');

    const svg = fs.readFileSync(path.join(out, 'benchmarks.svg'), 'utf8');
    expect(svg).toMatch(/^<svg [^>]*viewBox="0 0 \d+ \d+"/);
    expect(svg.match(/<g /g)?.length).toBe(svg.match(/<\/g>/g)?.length);
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
    expect(svg).toContain('worker_threads postMessage');

    const page = fs.readFileSync(path.join(out, 'benchmarks.md'), 'utf8');
    expect(page).toContain('| write with poll, rate against C | at least 0.5 |');
    expect(page).not.toMatch(/NaN|undefined/);
    expect(stdout).toMatch(/│ (not )?met/);
  });
});
