// @ts-check
/** The table of the suite `peers`. */
import { median } from '../statistics.mjs';

/** @param {any} results @returns {import('./tables.mjs').Table[]} */
export function peerTables({ length, intervalNanos, pairs }) {
  const node = median(pairs['Node to Node'].rates);
  return [
    {
      title: 'Rings between languages',
      note: `Records of ${length} bytes, one at a time, through a back-pressure ring of 1 MiB between two processes, each verified; delays of stamps sent every ${intervalNanos / 1000} µs to a reader that spins. Medians.`,
      head: ['writer to reader', 'million records/s', 'ratio to Node to Node', 'delay p50', 'delay p99'],
      rows: Object.entries(pairs).map(([name, { rates, p50, p99 }]) => [
        name,
        (median(rates) / 1e6).toFixed(2),
        (median(rates) / node).toFixed(2),
        `${Math.round(median(p50))} ns`,
        `${Math.round(median(p99))} ns`,
      ]),
    },
  ];
}
