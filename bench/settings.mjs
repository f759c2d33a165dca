// @ts-check
/** How much each suite does: the full size, and a quick one that shows that everything runs. */

/** Bytes a throughput channel may take: two of them must fit in memory beside the system. */
const CHANNEL_BUDGET = 512 * 1024 * 1024;

const FULL = {
  quick: false,
  rounds: 5,
  /** Records timed between two processes, at most. */
  records: 6_000_000,
  budget: CHANNEL_BUDGET,
  lengths: [16, 64, 256, 1024],
  exchanges: 200_000,
  rivalRecords: 200_000,
  rivalExchanges: 10_000,
  rivalRounds: 3,
  wakes: 1500,
  idleMillis: 5000,
  operations: 10_000,
  iterations: 24,
  allocationRecords: 100_000,
};

/** @typedef {typeof FULL} Settings */

/** @type {Settings} */
const QUICK = {
  quick: true,
  rounds: 1,
  records: 60_000,
  budget: 16 * 1024 * 1024,
  lengths: [16, 64, 256, 1024],
  exchanges: 5_000,
  rivalRecords: 5_000,
  rivalExchanges: 300,
  rivalRounds: 1,
  wakes: 40,
  idleMillis: 500,
  operations: 500,
  iterations: 4,
  allocationRecords: 50_000,
};

/** @param {boolean} quick @returns {Settings} */
export function settingsFor(quick) {
  return quick ? QUICK : FULL;
}
