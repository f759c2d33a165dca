// @ts-check
/** The table of the suite `startup`. */

/** @param {any} results @returns {import('./tables.mjs').Table[]} */
export const startupTables = ({ rounds, bareMillis, rows }) => [
  {
    title: 'Start-up beside a bare Node',
    note: `Median of ${rounds} rounds; \`node -e 0\` takes ${bareMillis.toFixed(0)} ms from start to end.`,
    head: ['program', 'difference to a bare Node'],
    rows: rows.map((/** @type {any} */ row) => [row.name, `${row.millis.toFixed(0)} ms`]),
  },
];
