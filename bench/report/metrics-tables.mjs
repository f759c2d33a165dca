// @ts-check
/** The tables of the suite `metrics`. */

/** @param {any} results @returns {import('./tables.mjs').Table[]} */
export const metricsTables = ({ channels, readers, sampling, diagnostics }) => [
  {
    title: 'Sampling for metrics',
    note: `One process samples ${channels} rings with ${readers} readers each, every second. All of them are written and read ten times a second by another process. Memory is that of the whole process, Node included.`,
    head: ['figure', 'value'],
    rows: [
      ['processor', `${(sampling.cpuShare * 100).toFixed(2)} % of a core`],
      ['resident memory', `${sampling.rssMiB.toFixed(1)} MiB`],
    ],
  },
  {
    title: 'Diagnostics on the hot paths',
    note: 'A record of 64 bytes written and polled, in turns without and with subscribers of all diagnostics channels.',
    head: ['figure', 'value'],
    rows: [
      ['a record, without subscribers', `${diagnostics.nanos.toFixed(1)} ns`],
      ['with subscribers, against without', `${diagnostics.ratio.toFixed(3)} times`],
    ],
  },
];
