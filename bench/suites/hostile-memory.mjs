// @ts-check
/**
 * How much memory a control server gains under the attacks of test/control/hostile-clients.test.ts, and its longest
 * turn of the event loop: runs the tests several times and takes the largest figure of each run.
 */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';

const ROOT = path.join(import.meta.dirname, '../..');
const VITEST = path.join(ROOT, 'node_modules/vitest/vitest.mjs');
const LINE = /growth (-?[\d.]+) MiB \(resident (-?[\d.]+)\), longest turn ([\d.]+) ms/g;

/** @param {import('../context.mjs').Context} context */
export async function measureHostileMemory(context) {
  const runs = [];
  for (let run = 1; run <= context.settings.attackRuns; run++) {
    context.progress(`attacks on a control server, run ${run}`);
    const args = [VITEST, 'run', 'test/control/hostile-clients.test.ts'];
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: ROOT });
    const lines = [...stdout.matchAll(LINE)].map((match) => match.slice(1).map(Number));
    if (lines.length === 0) throw new Error(`the tests printed no figures:\n${stdout}`);
    const most = (/** @type {number} */ column) =>
      Math.max(...lines.map((line) => line[column] ?? Number.NaN));
    runs.push({ attacks: lines.length, heldMiB: most(0), residentMiB: most(1), longestTurnMillis: most(2) });
  }
  return { runs };
}
