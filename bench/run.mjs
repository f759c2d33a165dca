// @ts-check
/**
 * npm run bench [-- [SUITE…] [options]]: measures the suites named, or all of them.
 *
 *   --quick        small sizes: shows that everything runs and is verified, yields no figures to quote
 *   --rounds N     runs of each side
 *   --pause N      pause of the spinning readers (BusySpinIdle)
 *   --out FILE     where the results go (default docs/benchmarks.json; then the pages are written as well)
 *
 * The results of suites that are not named stay as they are in the file. Exit code 0 when everything was measured and
 * verified, whether or not the targets were met; 1 otherwise.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { createContext } from './context.mjs';
import { describeMachine } from './machine.mjs';
import { RESULTS, writePages } from './pages.mjs';
import { terminalText } from './report/terminal.mjs';
import { readResults } from './results.mjs';
import { SUITES } from './suites.mjs';
import { judge } from './targets.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    pause: { type: 'string' },
    out: { type: 'string', default: RESULTS },
  },
});
const { quick, out } = values;
const wanted = positionals.length === 0 ? Object.keys(SUITES) : positionals;
const known = Object.keys(SUITES).join(', ');
for (const name of wanted)
  if (!(name in SUITES)) throw new TypeError(`unknown suite '${name}'; expected one of ${known}`);
if (quick && out === RESULTS) throw new TypeError('--quick yields no figures to quote: give --out FILE');

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
  for (const [name, { measure }] of Object.entries(SUITES)) {
    if (!wanted.includes(name)) continue;
    const measured = await measure(context);
    results.suites[name] = {
      machine: describeMachine(),
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
if (out === RESULTS) writePages(results);
print(out);

/** @param {string} text */
function print(text) {
  process.stdout.write(`${text}\n`);
}
