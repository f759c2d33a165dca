// @ts-check
/** Sizes of each suite: the full ones, and quick ones that only verify that everything runs. */

/** Maximum bytes of a throughput channel: two of them must fit into memory. */
const CHANNEL_BUDGET = 512 * 1024 * 1024;

const FULL = {
  quick: false,
  /** Exchanges between two cores in each group that is timed. */
  pings: 2000,
  rounds: 5,
  /** Records timed between two processes, at most. */
  records: 6_000_000,
  budget: CHANNEL_BUDGET,
  lengths: [16, 64, 256, 1024, 65_536, 1_048_576],
  /** Rounds of the lengths other than 64. */
  lengthRounds: 3,
  /** Search for the fastest C: records of each trial, trials, pause instructions of a waiting side, records a publication. */
  tuning: { records: 1_000_000, times: 2, pauses: [0, 1, 4, 16, 40, 100], batches: [16, 64] },
  inProcess: { rounds: 150, repeats: 3, count: 3072 },
  exchanges: 200_000,
  rivalRecords: 200_000,
  rivalExchanges: 10_000,
  rivalRounds: 3,
  wakes: 1500,
  idleMillis: 5000,
  operations: 10_000,
  iterations: 24,
  allocationRecords: 48_000,
  ringRecords: 6_400_000,
  ringRounds: 5,
  peers: { rounds: 3, pythonRecords: 200_000, stamps: 20_000, intervalNanos: 50_000 },
  structs: { rounds: 7, quotes: 1_000_000 },
  jobs: { rounds: 3, records: 1_000_000, bytes: 2 ** 30, exchanges: 10_000 },
  scaling: { rounds: 3, records: 1_024_000 },
  ringSleep: { rounds: 3, wakes: 400, warmup: 60, idleMillis: 2000 },
  aeron: { rounds: 5, warmup: 1_000_000, records: 10_000_000, exchanges: 1_000_000, lengths: [32, 64] },
  nats: { rounds: 3, records: 100_000, exchanges: 1000 },
  metrics: { channels: 1000, readers: 4, seconds: 20, records: 1_024_000, rounds: 15 },
  health: { rounds: 7, beats: 400_000, seconds: 10, idleSeconds: 20, agents: 50 },
  floodBytes: 512 << 20,
  followRounds: 5,
  attackRuns: 3,
  startupRounds: 21,
};

/** @typedef {typeof FULL} Settings */

/** @type {Settings} */
const QUICK = {
  quick: true,
  pings: 20,
  rounds: 1,
  records: 60_000,
  budget: 16 * 1024 * 1024,
  lengths: [64, 65_536],
  lengthRounds: 1,
  tuning: { records: 8192, times: 1, pauses: [1, 40], batches: [16] },
  inProcess: { rounds: 5, repeats: 1, count: 3072 },
  exchanges: 5_000,
  rivalRecords: 5_000,
  rivalExchanges: 300,
  rivalRounds: 1,
  wakes: 40,
  idleMillis: 500,
  operations: 500,
  iterations: 4,
  allocationRecords: 48_000,
  ringRecords: 32_768,
  ringRounds: 1,
  peers: { rounds: 1, pythonRecords: 2_000, stamps: 400, intervalNanos: 50_000 },
  structs: { rounds: 1, quotes: 20_000 },
  jobs: { rounds: 1, records: 8_000, bytes: 2 ** 25, exchanges: 200 },
  scaling: { rounds: 1, records: 16_384 },
  ringSleep: { rounds: 1, wakes: 20, warmup: 5, idleMillis: 200 },
  aeron: { rounds: 1, warmup: 20_000, records: 40_000, exchanges: 200, lengths: [64] },
  nats: { rounds: 1, records: 5_000, exchanges: 50 },
  metrics: { channels: 20, readers: 4, seconds: 1, records: 25_600, rounds: 1 },
  health: { rounds: 1, beats: 20_000, seconds: 1, idleSeconds: 1, agents: 3 },
  floodBytes: 16 << 20,
  followRounds: 1,
  attackRuns: 1,
  startupRounds: 1,
};

/** @param {boolean} quick @param {number} [rounds] of every suite that compares two sides, in place of its own @returns {Settings} */
export function settingsFor(quick, rounds) {
  const settings = quick ? QUICK : FULL;
  if (rounds === undefined) return settings;
  const all = { rounds, lengthRounds: rounds, rivalRounds: rounds, ringRounds: rounds };
  return {
    ...settings,
    ...all,
    ringSleep: { ...settings.ringSleep, rounds },
    scaling: { ...settings.scaling, rounds },
    jobs: { ...settings.jobs, rounds },
  };
}
