// @ts-check
/** The table of the suite `health`. Figures with a target are among the targets. */

/** @param {any} results @returns {import('./tables.mjs').Table[]} */
export function healthTables({ beats, idle, loadAverage }) {
  const { medians, ratios } = beats;
  const nanos = (/** @type {number} */ value) => `${value.toFixed(0)} ns`;
  const faster = (/** @type {number} */ value) => `${value.toFixed(1)} times faster than by socket`;
  return [
    {
      title: 'Beats',
      note: `Load average over five minutes: ${loadAverage.toFixed(1)}. Above the number of cores other programs were running, and the figures of the observer say little.`,
      head: ['figure', 'measured', ''],
      rows: [
        ['bare `send` of 32 bytes through koffi', nanos(medians.send), ''],
        ['`beat()` by socket', nanos(medians.socket), `${ratios.beatToSend.toFixed(2)} times the bare send`],
        ['the same in wire version 2', nanos(medians.socketVersion2), ''],
        ['`beat()` through a log channel', nanos(medians.log), faster(ratios.socketToLog)],
        ['`beat()` through a ring channel', nanos(medians.ring), faster(ratios.socketToRing)],
        [
          `a timer that does nothing, ${idle.agents} times a second`,
          `${(idle.bareTimer * 100).toFixed(2)} % of one core`,
          'to compare with the observer',
        ],
      ],
    },
  ];
}
