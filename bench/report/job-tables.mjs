// @ts-check
/** The tables of the suite `jobs`. */

const thousands = (/** @type {number} */ rate) => (rate / 1e3).toFixed(rate < 1e5 ? 1 : 0);

/** @param {any} results @returns {import('./tables.mjs').Table[]} */
export const jobTables = ({ rounds, jobs, requestReply: { ring, socket } }) => [
  {
    title: 'What programs send: thousand records per second',
    note: `From one process to another, encoded in place and checked at the reader; the socket writes 64 KiB at once. Medians of ${rounds} rounds.`,
    head: ['ringwire against a Unix socket', 'job', 'ring', 'Unix socket'],
    rows: jobs.map((/** @type {any} */ { name, ratio, recordsPerSecond }) => [
      `${ratio.toFixed(1)} times`,
      name,
      thousands(recordsPerSecond.ring),
      thousands(recordsPerSecond.socket),
    ]),
  },
  {
    title: 'A request of 64 bytes and its reply: microseconds',
    note: 'Both ends leave their event loops free: the ring by its doorbell, the socket by its events.',
    head: ['ringwire against a Unix socket', 'figure', 'ring', 'Unix socket'],
    rows: ['p50', 'p99'].map((figure) => [
      `${(socket[figure] / ring[figure]).toFixed(1)} times as fast`,
      figure,
      ring[figure].toFixed(1),
      socket[figure].toFixed(1),
    ]),
  },
];
