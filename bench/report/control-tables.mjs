// @ts-check
/** The tables of the suites `follow-log` and `hostile-memory`. */

/** @param {any} results @returns {import('./tables.mjs').Table[]} */
export const followTables = ({ bytes, rounds, ratios, cat, socket, ring }) => [
  {
    title: 'The output of a flooding child, followed',
    note: `${Math.round(bytes / 1e6)} MB; each 4096 bytes carry a number, which the follower verifies. A follower that is too slow skips what the ring no longer has. Of ${rounds} rounds the one with the median ratio; the ratios of all are ${ratios[0].toFixed(2)} to ${ratios.at(-1).toFixed(2)}.`,
    head: ['way', 'MB/s', 'ratio to cat', 'gaps', 'MB skipped', 'CPU ms per 100 MB: manager', 'client'],
    rows: [
      ['`cat` through a pipe', `${cat}`, '1.00', '', '', '', ''],
      [
        'follow over the socket',
        `${socket.rate}`,
        (socket.rate / cat).toFixed(2),
        `${socket.gaps}`,
        `${socket.skipped}`,
        `${socket.cpu.manager}`,
        `${socket.cpu.client}`,
      ],
      ['the ring channel', `${ring.rate}`, (ring.rate / cat).toFixed(2), `${ring.gaps}`, '', '', ''],
    ],
  },
];

/** @param {any} results @returns {import('./tables.mjs').Table[]} */
export const attackTables = ({ runs }) => [
  {
    title: 'A control server under attack: the most of all attacks',
    head: [
      'run',
      'attacks',
      'held after a collection',
      'resident memory gained',
      'longest turn of the event loop',
    ],
    rows: runs.map((/** @type {any} */ run, /** @type {number} */ index) => [
      `${index + 1}`,
      `${run.attacks}`,
      `${run.heldMiB.toFixed(1)} MiB`,
      `${run.residentMiB.toFixed(1)} MiB`,
      `${run.longestTurnMillis.toFixed(1)} ms`,
    ]),
  },
];
