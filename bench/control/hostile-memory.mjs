/**
 * How much resident memory a control server gains under the attacks of test/control/hostile-clients.test.ts, and its
 * longest turn of the event loop: the suite three times, the largest of each.
 *
 *   npm run build && node bench/control/hostile-memory.mjs [runs]
 */
import { spawnSync } from 'node:child_process';
import path from 'node:path';

const RUNS = Number(process.argv[2] ?? 3);
const root = path.join(import.meta.dirname, '../..');
const vitest = path.join(root, 'node_modules/vitest/vitest.mjs');
const LINE = /growth ([\d.]+) MiB \(resident (-?[\d.]+)\), longest turn ([\d.]+) ms/g;

process.stdout.write(`Node ${process.version}\n`);
for (let run = 1; run <= RUNS; run++) {
  const { stdout, status } = spawnSync(
    process.execPath,
    [vitest, 'run', 'test/control/hostile-clients.test.ts'],
    { cwd: root, encoding: 'utf8' },
  );
  const lines = [...stdout.matchAll(LINE)].map((match) => match.slice(1).map(Number));
  if (status !== 0 || lines.length === 0) throw new Error(`the suite failed:\n${stdout}`);
  const most = (column) => Math.max(...lines.map((line) => line[column])).toFixed(1);
  process.stdout.write(
    `run ${run}: ${lines.length} attacks, held ${most(0)} MiB, resident ${most(1)} MiB, longest turn ${most(2)} ms\n`,
  );
}
