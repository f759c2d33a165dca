// @ts-check
/** The tables of the suite `scaling`. */

const millions = (/** @type {number} */ rate) => (rate / 1e6).toFixed(2);

/** @param {any} results @returns {import('./tables.mjs').Table[]} */
export const scalingTables = ({ length, rounds, readers, channels }) => [
  {
    title: 'One ring, several readers: million records per second delivered to all of them',
    note: `Records of ${length} bytes, each verified by each reader; every reader is a process and yields its time slice while it waits, ours and C. Medians of ${rounds} rounds.`,
    head: ['ratio to C', 'readers', 'ringwire'],
    rows: readers.map((/** @type {any} */ row) => [
      row.ratio === null ? '-' : row.ratio.toFixed(2),
      `${row.readers}`,
      millions(row.recordsPerSecond),
    ]),
  },
  {
    title: 'Many rings, one process that writes them in turn, one that polls all: million records per second',
    head: ['ratio to one ring', 'rings', 'ringwire'],
    rows: channels.map((/** @type {any} */ row) => [
      (row.recordsPerSecond / channels[0].recordsPerSecond).toFixed(2),
      `${row.channels}`,
      millions(row.recordsPerSecond),
    ]),
  },
];
