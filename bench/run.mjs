// @ts-check
/**
 * npm run bench [-- options]
 *
 *   --quick            small sizes: shows that everything runs, gives no figures to quote
 *   --only NAME,NAME   some suites only; the figures of the others stay as they are
 *   --rounds N         runs of each side
 *   --pause N          pause of the spinning readers (BusySpinIdle)
 *   --out FOLDER       where benchmarks.json, benchmarks.svg and benchmarks.md are (default docs/)
 *
 * Exit code 0 when everything was measured and verified, whether or not the targets were met; 1 otherwise.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createContext } from './context.mjs';
import { describeMachine } from './machine.mjs';
import { withTable } from './readme.mjs';
import { withFigures } from './report/markdown.mjs';
import { svgChart } from './report/svg-chart.mjs';
import { terminalText } from './report/terminal.mjs';
import { measureAllocation } from './suites/allocation.mjs';
import { measureDoorbell } from './suites/doorbell.mjs';
import { measureRivals } from './suites/rivals.mjs';
import { measureRoundTrips } from './suites/round-trips.mjs';
import { measureSingleOperations } from './suites/single-operations.mjs';
import { measureThroughput } from './suites/throughput.mjs';
import { judge } from './targets.mjs';

const SUITES = {
  throughput: measureThroughput,
  roundTrips: measureRoundTrips,
  rivals: measureRivals,
  doorbell: measureDoorbell,
  allocation: measureAllocation,
  singleOperations: measureSingleOperations,
};

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    rounds: { type: 'string' },
    pause: { type: 'string' },
    out: { type: 'string', default: fileURLToPath(new URL('../docs', import.meta.url)) },
  },
});
const wanted = values.only?.split(',') ?? Object.keys(SUITES);
for (const name of wanted)
  if (!(name in SUITES)) throw new Error(`no suite '${name}': there are ${Object.keys(SUITES).join(', ')}`);

const files = {
  json: path.join(values.out, 'benchmarks.json'),
  svg: path.join(values.out, 'benchmarks.svg'),
  page: path.join(values.out, 'benchmarks.md'),
};
const context = createContext({
  quick: values.quick,
  rounds: values.rounds === undefined ? undefined : Number(values.rounds),
  pause: values.pause === undefined ? undefined : Number(values.pause),
});
// Channels in shared memory are as large as half a gigabyte: none stays behind when the run is interrupted.
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM']))
  process.once(signal, () => {
    context.close();
    process.exit(1);
  });
const previous =
  values.only !== undefined && existsSync(files.json) ? JSON.parse(readFileSync(files.json, 'utf8')) : {};
const report = {
  machine: describeMachine(),
  quick: values.quick,
  native: context.native === null ? context.nativeMissing : 'compiled',
  results: previous.results ?? {},
  targets: /** @type {import('./targets.mjs').Verdict[]} */ ([]),
};
try {
  if (context.nativeMissing !== null) print(`C program not compiled, no ratios: ${context.nativeMissing}`);
  for (const [name, measure] of Object.entries(SUITES))
    if (wanted.includes(name)) report.results[name] = await measure(context);
} finally {
  context.close();
}
report.targets = judge(report.results);
print(terminalText(report));
mkdirSync(values.out, { recursive: true });
writeFileSync(files.json, `${JSON.stringify(report, null, 1)}\n`);
writeFileSync(files.svg, svgChart(report));
if (existsSync(files.page)) writeFileSync(files.page, withFigures(readFileSync(files.page, 'utf8'), report));
const readme = fileURLToPath(new URL('../README.md', import.meta.url));
// The first screen quotes full runs only.
if (values.out === path.dirname(readme).concat('/docs') && !values.quick && context.nativeMissing === null)
  writeFileSync(readme, withTable(readFileSync(readme, 'utf8'), report));
print(`${files.json}\n${files.svg}`);

/** @param {string} text */
function print(text) {
  process.stdout.write(`${text}\n`);
}
