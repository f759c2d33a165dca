// @ts-check
/** The tables of what goes from one process to another: suites `throughput`, `ring` and `wake-ups`. Ratios come first. */

/** @typedef {import('./tables.mjs').Table} Table */

const MODES = /** @type {Record<string, string>} */ ({
  write: 'write',
  claim: 'tryClaim/commit',
  staged: 'stage/publish',
  batch: 'writeBatch',
});
const BATCHED = /^(staged|batch|stage\/publish|tryWriteBatch)/;

/** @param {any[]} results @returns {Table[]} */
export const throughputTables = (results) => [
  rateTable(
    'Two processes over a log: million records per second',
    results.map((row) => ({ ...row, name: row.mode, label: `${MODES[row.mode]}, ${row.backend}` })),
  ),
];

/** @param {any[]} results @returns {Table[]} */
export const ringTables = (results) => [
  rateTable(
    'Two processes over a ring with back pressure: million records per second',
    results.map((row) => ({ ...row, label: row.name })),
  ),
];

/** @param {string} title @param {any[]} rows @returns {Table} */
function rateTable(title, rows) {
  return {
    title,
    note: `${tuningNote(rows)} The ratio is the median of the rounds, with the least and the most of them. The reader verifies each record.`,
    head: ['ratio to C', 'least to most', 'bytes', 'way', 'ringwire', 'C', 'ringwire, MB/s', 'rounds'],
    rows: rows.map((row) => [
      ratio(row.ratio),
      spread(row.runs),
      `${row.length}`,
      `${row.label}${BATCHED.test(row.name) ? `, ${row.tuning.batch} at once` : ''}`,
      millions(row.recordsPerSecond),
      row.nativeRecordsPerSecond === null ? '-' : millions(row.nativeRecordsPerSecond),
      ((row.recordsPerSecond * row.length) / 1e6).toFixed(0),
      `${row.runs.length}`,
    ]),
  };
}

/** With which parameters C was fastest. @param {any[]} rows */
function tuningNote(rows) {
  const tuned = rows.filter(({ length, tuning }) => length === 64 && tuning.tried !== undefined);
  const single = tuned.find(({ name }) => !BATCHED.test(name))?.tuning;
  const batched = tuned.find(({ name }) => BATCHED.test(name))?.tuning;
  if (single === undefined || batched === undefined) return 'Without the C program.';
  const variants = single.tried.length + batched.tried.length;
  return `C is the fastest of ${variants} variants, tried first in the same run: single records with ${single.pause} pause instructions in its waiting loop, ${batched.batch} records a publication with ${batched.pause}.`;
}

/** @param {any[]} rows @returns {Table[]} */
export const wakeUpTables = (rows) => [
  {
    title: 'Readers that sleep',
    note: 'Each reader waits on the doorbell without blocking its event loop; a record every 5 ms wakes them all. Beside it as many bare pipes (fifo(7)), each with a stamp as often. Medians of the rounds.',
    head: [
      'p50 to pipes',
      'processes',
      'readers in each',
      'processor while idle, each process',
      'wake-up p50',
      'p99',
      'pipes, p50',
      'p99',
    ],
    rows: rows.map(({ ratio, processes, readers, idleCpu, wakeMicros, pipeMicros }) => [
      `${ratio.toFixed(2)} times`,
      `${processes}`,
      `${readers}`,
      `${(idleCpu * 100).toFixed(2)} %`,
      ...[wakeMicros.p50, wakeMicros.p99, pipeMicros.p50, pipeMicros.p99].map(
        (value) => `${value.toFixed(0)} µs`,
      ),
    ]),
  },
];

const ratio = (/** @type {number | null} */ value) => (value === null ? '-' : value.toFixed(2));
const millions = (/** @type {number} */ rate) =>
  rate < 1e5 ? (rate / 1e6).toFixed(4) : rate < 1e6 ? (rate / 1e6).toFixed(3) : (rate / 1e6).toFixed(1);

/** @param {{ ours: number, native: number | null }[]} runs */
function spread(runs) {
  const ratios = runs.flatMap(({ ours, native }) => (native === null ? [] : [ours / native]));
  return ratios.length === 0 ? '-' : `${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}`;
}
