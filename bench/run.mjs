// @ts-check
/**
 * npm run bench [-- [SUITE…] [options]]: measures the suites named, or all of them.
 *
 *   --speed        the suites that the table of speed targets needs, when none is named
 *   --node FILE    measures afterwards with this Node as well; may be repeated
 *   --quick        small sizes: shows that everything runs and is verified, yields no figures to quote
 *   --rounds N     runs of each side
 *   --pause N      pause of the spinning readers (BusySpinIdle)
 *   --out FILE     where the results go (default: docs/benchmarks.json on the oldest supported Node, otherwise
 *                  docs/benchmarks-newest.json; then the pages are written as well)
 *
 * The results of suites that are not named stay as they are in the file. Exit code 0 when everything was measured and
 * verified, whether or not the targets were met; 1 otherwise.
 */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createContext } from './context.mjs';
import { describeMachine } from './machine.mjs';
import { RESULTS, resultsFileOf, writePages } from './pages.mjs';
import { placesText, terminalText } from './report/terminal.mjs';
import { readResults } from './results.mjs';
import { SPEED_SUITES } from './speed-targets.mjs';
import { SUITES } from './suites.mjs';
import { judge } from './targets.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    speed: { type: 'boolean', default: false },
    node: { type: 'string', multiple: true, default: [] },
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    pause: { type: 'string' },
    out: { type: 'string' },
  },
});
const { quick, speed, node: others } = values;
const recorded = values.out === undefined;
const out = values.out ?? resultsFileOf(process.version);
const all = speed ? SPEED_SUITES : Object.keys(SUITES);
const wanted = positionals.length === 0 ? all : positionals;
const known = Object.keys(SUITES).join(', ');
for (const name of wanted)
  if (!(name in SUITES)) throw new TypeError(`unknown suite '${name}'; expected one of ${known}`);
if (quick && recorded) throw new TypeError('--quick yields no figures to quote: give --out FILE');
if (!recorded && others.length > 0)
  throw new TypeError('--node writes a file for each Node: leave out --out');

const context = createContext({
  quick,
  rounds: values.rounds === undefined ? undefined : Number(values.rounds),
  pause: values.pause === undefined ? undefined : Number(values.pause),
});
// Channels in shared memory take up to half a gigabyte: an interrupted run removes them.
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM']))
  process.once(signal, () => {
    context.close();
    process.exit(1);
  });
const results = readResults(out);
try {
  if (context.nativeMissing !== null) print(`C program not compiled, no ratios: ${context.nativeMissing}`);
  print(`Node ${process.version}; ${placesText(context.places)}`);
  for (const [name, { measure }] of Object.entries(SUITES)) {
    if (!wanted.includes(name)) continue;
    const measured = await measure(context);
    results.suites[name] = {
      machine: describeMachine(context.places),
      quick,
      results: measured,
      targets: judge(name, measured),
    };
    print(terminalText(results, name));
    // After each suite, so that a run that is interrupted keeps what it has measured.
    writeFileSync(out, `${JSON.stringify(results, null, 1)}\n`);
  }
} finally {
  context.close();
}
print(out);
for (const node of others) {
  const chosen = ['rounds', 'pause'].flatMap((name) => {
    const value = values[/** @type {'rounds' | 'pause'} */ (name)];
    return value === undefined ? [] : [`--${name}`, value];
  });
  const { status, error } = spawnSync(node, [fileURLToPath(import.meta.url), ...wanted, ...chosen], {
    stdio: 'inherit',
  });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${node} ended with exit code ${status}`);
}
if (recorded) writePages(readResults(RESULTS));

/** @param {string} text */
function print(text) {
  process.stdout.write(`${text}\n`);
}
