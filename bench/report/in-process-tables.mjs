// @ts-check
/** The table of the suite `in-process`. */

const NAMES = /** @type {Record<string, string>} */ ({
  tryWrite: '`tryWrite`, the same buffer',
  claim: '`tryClaim` and `commit`, first and last word filled',
  staged: '`stage`, 16 a publication, each filled in place',
  writeBatch: '`writeBatch` of 16',
  fresh: '`tryWrite(Buffer.from(…))`',
  writeUtf8: '`writeUtf8` of 40 characters',
  writable: 'Node stream of arrays, written',
  poll: '`poll`, each record verified',
  records: '`records()`, copies',
  batches: '`recordBatches`, copies',
  readable: 'Node stream of arrays, read',
});

/** @param {any} results @returns {import('./tables.mjs').Table[]} */
export const inProcessTables = ({ length, rounds, allocation, figures }) => [
  {
    title: `One side alone, in one process, records of ${length} bytes: nanoseconds per record`,
    note: `The smallest of ${rounds} rounds on a channel of 1 MiB that stays in the caches; C by the header that users get, in turn. \`stage\` is compared with batches in C. A bare \`Buffer.from\` of ${length} bytes, which a fresh buffer needs, takes ${allocation.toFixed(0)} ns.`,
    head: ['against C', 'channel', 'way', 'ringwire', 'C'],
    rows: figures.map((/** @type {any} */ { kind, name, nanos, native }) => [
      native === null ? '-' : `${(nanos / native).toFixed(1)} times`,
      kind,
      NAMES[name] ?? name,
      nanos.toFixed(1),
      native === null ? '-' : native.toFixed(1),
    ]),
  },
];
