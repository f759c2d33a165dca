// @ts-check
/** The table of the suite `structs`. */
import { median } from '../statistics.mjs';

/** @param {any} results @returns {import('./tables.mjs').Table[]} */
export function structTables({ length, rates }) {
  const json = median(rates['JSON']);
  return [
    {
      title: 'Structs and other codecs',
      note: `A quote of nine fields, ${length} bytes as a struct: encoded into a buffer and five fields read back, by one process. Medians.`,
      head: ['way', 'million quotes/s', 'ratio to JSON'],
      rows: Object.entries(rates).map(([name, values]) => [
        name,
        (median(values) / 1e6).toFixed(2),
        (median(values) / json).toFixed(1),
      ]),
    },
  ];
}
