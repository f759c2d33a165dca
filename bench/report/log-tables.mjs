// @ts-check
/** The tables of the suites that measure the log channel and its alternatives. Ratios come first. */
import { bestOf } from './best.mjs';

/** @typedef {import('./tables.mjs').Table} Table */

/** @param {any} results @returns {Table[]} */
export const roundTripTables = (results) => [
  {
    title: `Round trip of ${results.length} bytes over two channels, both sides spinning: nanoseconds`,
    note:
      results.native === null
        ? 'Without the C program.'
        : `C with ${results.tuning.pause} pause instructions, the fastest of those tried.`,
    head: ['ratio to C (p50)', 'side', 'p50', 'p99', 'p99.9'],
    rows: [
      [ratio(results.ratio), 'ringwire', ...latency(results.ours)],
      ...(results.native === null ? [] : [['1.00', 'C', ...latency(results.native)]]),
    ],
  },
];

/** @param {any[]} results @param {any} all results of all suites, for the comparison with ours @returns {Table[]} */
export function rivalTables(results, all) {
  const best = bestOf(all.throughput);
  return [
    {
      title: 'What a Node program would use instead, 64 bytes',
      head: ['ringwire is faster by', 'transport', 'thousand records/s', 'round trip p50, µs', 'p99, µs'],
      rows: [
        ...(best === null
          ? []
          : [['', 'ringwire, best of the above', thousands(best), ...micros(all['round-trips']?.ours)]]),
        ...results.map((row) =>
          row.skipped === undefined
            ? [
                best === null ? '-' : `${Math.round(best / row.recordsPerSecond)} times`,
                row.name,
                thousands(row.recordsPerSecond),
                ...micros(row.roundTripNanos),
              ]
            : ['-', row.name, row.skipped, '-', '-'],
        ),
      ],
    },
  ];
}

/** @param {any[]} results @returns {Table[]} */
export const doorbellTables = (results) => [
  {
    title: 'Waiting on the doorbell',
    head: ['waiting by', 'processor while idle', 'wake-up p50, µs', 'p99, µs', 'wakes'],
    rows: results.map((row) => [
      row.mode,
      `${(row.idleCpu * 100).toFixed(2)} %`,
      row.wakeMicros.p50.toFixed(0),
      row.wakeMicros.p99.toFixed(0),
      `${row.wakes}`,
    ]),
  },
];

/** @param {any[]} results @returns {Table[]} */
export const allocationTables = (results) => [
  {
    title: 'Heap bytes per record in steady state',
    head: ['operation', 'bytes', 'records', 'collections meanwhile'],
    rows: results.map((row) => [
      `${row.kind}: ${row.name}`,
      row.bytesPerRecord.toFixed(2),
      `${row.records}`,
      `${row.collections}`,
    ]),
  },
];

/** @param {any[]} results @returns {Table[]} */
export const singleOperationTables = (results) => [
  {
    title: 'Single operations in one process',
    head: ['operation', 'ns, median'],
    rows: results.map((row) => [row.name, row.nanosPerOperation.toFixed(0)]),
  },
];

const ratio = (/** @type {number | null} */ value) => (value === null ? '-' : value.toFixed(2));
const thousands = (/** @type {number} */ rate) => (rate / 1e3).toFixed(0);
const latency = (/** @type {any} */ { p50, p99, p999 }) => [p50, p99, p999].map((nanos) => nanos.toFixed(0));
const micros = (/** @type {any} */ nanos) =>
  nanos === undefined ? ['-', '-'] : [nanos.p50, nanos.p99].map((value) => (value / 1000).toFixed(1));
