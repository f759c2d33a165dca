// @ts-check

/** The highest rate of ours at 64 bytes. @param {any[] | undefined} throughput @returns {number | null} */
export function bestOf(throughput) {
  const rates = (throughput ?? []).filter(({ length }) => length === 64).map((row) => row.recordsPerSecond);
  return rates.length === 0 ? null : Math.max(...rates);
}
