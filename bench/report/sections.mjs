// @ts-check
/** The results as tables, the same for the terminal and for docs/benchmarks.md. Ratios come first. */
import { judge, verdictText } from '../targets.mjs';

/** @typedef {{ title: string, head: string[], rows: string[][] }} Section */

const MODES = /** @type {Record<string, string>} */ ({
  write: 'write',
  claim: 'tryClaim/commit',
  batch: 'writeBatch of 16',
});

/** @param {any} results @returns {Section[]} */
export function sections({ results }) {
  const { throughput, roundTrips, rivals, doorbell, allocation, singleOperations } = results;
  /** @type {Section[]} */
  const list = [
    {
      title: 'Targets',
      head: ['figure', 'target', 'measured', ''],
      rows: judge(results).map((verdict) => [
        verdict.name,
        verdict.target,
        verdict.measured,
        verdictText(verdict),
      ]),
    },
  ];
  if (throughput !== undefined)
    list.push({
      title: 'Two processes: million records per second',
      head: ['ratio to C', 'bytes', 'writer', 'mapping', 'ringwire', 'C', 'ringwire, MB/s', 'runs'],
      rows: throughput.map((/** @type {any} */ row) => [
        ratio(row.ratio),
        `${row.length}`,
        MODES[row.mode] ?? row.mode,
        row.backend,
        millions(row.recordsPerSecond),
        row.nativeRecordsPerSecond === null ? '-' : millions(row.nativeRecordsPerSecond),
        ((row.recordsPerSecond * row.length) / 1e6).toFixed(0),
        `${row.runs.length}`,
      ]),
    });
  if (roundTrips !== undefined) {
    const { ours, native } = roundTrips;
    list.push({
      title: `Round trip of ${roundTrips.length} bytes over two channels, both sides spinning: nanoseconds`,
      head: ['ratio to C (p50)', 'side', 'p50', 'p99', 'p99.9'],
      rows: [
        [ratio(roundTrips.ratio), 'ringwire', ...latency(ours)],
        ...(native === null ? [] : [['1.00', 'C', ...latency(native)]]),
      ],
    });
  }
  if (rivals !== undefined) {
    const best = bestOf(throughput);
    list.push({
      title: 'What a Node program would use instead, 64 bytes',
      head: ['ringwire is faster by', 'transport', 'thousand records/s', 'round trip p50, µs', 'p99, µs'],
      rows: [
        ...(best === null
          ? []
          : [['', 'ringwire, best of the above', thousands(best), ...micros(roundTrips?.ours)]]),
        ...rivals.map((/** @type {any} */ row) =>
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
    });
  }
  if (doorbell !== undefined)
    list.push({
      title: 'Waiting on the doorbell',
      head: ['waiting by', 'processor while idle', 'wake-up p50, µs', 'p99, µs', 'wakes'],
      rows: doorbell.map((/** @type {any} */ row) => [
        row.mode,
        `${(row.idleCpu * 100).toFixed(2)} %`,
        row.wakeMicros.p50.toFixed(0),
        row.wakeMicros.p99.toFixed(0),
        `${row.wakes}`,
      ]),
    });
  if (allocation !== undefined)
    list.push({
      title: 'Heap bytes per record in steady state',
      head: ['operation', 'bytes', 'records', 'collections meanwhile'],
      rows: allocation.map((/** @type {any} */ row) => [
        row.name,
        row.bytesPerRecord.toFixed(2),
        `${row.records}`,
        `${row.collections}`,
      ]),
    });
  if (singleOperations !== undefined)
    list.push({
      title: 'Single operations in one process',
      head: ['operation', 'ns, median'],
      rows: singleOperations.map((/** @type {any} */ row) => [row.name, row.nanosPerOperation.toFixed(0)]),
    });
  return list;
}

/** The highest rate of ours at 64 bytes. @param {any[] | undefined} throughput @returns {number | null} */
export function bestOf(throughput) {
  const rates = (throughput ?? []).filter(({ length }) => length === 64).map((row) => row.recordsPerSecond);
  return rates.length === 0 ? null : Math.max(...rates);
}

const ratio = (/** @type {number | null} */ value) => (value === null ? '-' : value.toFixed(2));
const millions = (/** @type {number} */ rate) => (rate / 1e6).toFixed(1);
const thousands = (/** @type {number} */ rate) => (rate / 1e3).toFixed(0);
const latency = (/** @type {any} */ { p50, p99, p999 }) => [p50, p99, p999].map((nanos) => nanos.toFixed(0));
const micros = (/** @type {any} */ nanos) =>
  nanos === undefined ? ['-', '-'] : [nanos.p50, nanos.p99].map((value) => (value / 1000).toFixed(1));
