// @ts-check
/** The tables of the suite `ring`. Ratios come first: the machine is noisy. */
import { median } from '../statistics.mjs';

/** @param {any} results @returns {import('./tables.mjs').Table[]} */
export function ringTables({ sizes, rates, rivals, sleepers, pipe }) {
  const rate = (/** @type {string} */ name) => median(rates[name] ?? [Number.NaN]);
  const ours = `ring, batch ${sizes.batch}`;
  const millions = (/** @type {number} */ value) => (value / 1e6).toFixed(2);
  const micros = (/** @type {number} */ value) => `${value.toFixed(0)} µs`;
  const present = rivals.filter((/** @type {any} */ rival) => rival.recordsPerSecond !== undefined);
  return [
    {
      title: 'Two processes over a ring',
      note: `A back-pressure ring of 1 MiB, records of ${sizes.length} bytes, ${(sizes.records / 1e6).toFixed(2)} million a run, each verified by the reader; medians of ${sizes.rounds} paired runs.`,
      head: ['side', 'million records/s'],
      rows: Object.keys(rates).map((name) => [name, millions(rate(name))]),
    },
    {
      title: 'Against what a Node program would use instead',
      head: ['instead', 'million records/s', 'the ring, single writes', 'the ring in batches'],
      rows: present.map((/** @type {any} */ { name, recordsPerSecond }) => [
        name,
        millions(recordsPerSecond),
        `${(rate('ring, batch 1') / recordsPerSecond).toFixed(0)} times`,
        `${(rate(ours) / recordsPerSecond).toFixed(0)} times`,
      ]),
    },
    {
      title: 'Readers that sleep',
      note: 'Each reader waits on the doorbell without blocking its event loop; a record every 5 ms wakes them all. The last row is what the machine itself allows: one process writes the time into a pipe as often, and the event loop of another reads it.',
      head: [
        'processes',
        'readers in each',
        'processor while idle, each process',
        'wake-up p50',
        'p99',
        'p50 to a pipe',
      ],
      rows: [
        ...sleepers.map((/** @type {any} */ { processes, readers, idleCpu, wakeMicros }) => [
          String(processes),
          String(readers),
          `${(idleCpu * 100).toFixed(2)} %`,
          micros(wakeMicros.p50),
          micros(wakeMicros.p99),
          `${(wakeMicros.p50 / pipe.p50).toFixed(2)} times`,
        ]),
        ['1', 'a bare pipe', '', micros(pipe.p50), micros(pipe.p99), ''],
      ],
    },
  ];
}
