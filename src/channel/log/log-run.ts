/** Runs of records, for a reader on a processor that keeps no order of plain loads. */

/** Records acquired at a time: few enough for their words to stay in the first cache. */
const LONGEST_RUN = 64;

/**
 * Walks over at most `limit` published records from `at` with plain loads, and then loads the word of the last one with
 * acquire. Each step depends on the word before, so this one load orders all payloads after it.
 * @param halves the data area in 32-bit words; `at` and `readable` are indexes into it
 * @param maxLength the longest record in bytes
 * @returns the index after the run, which ends inside the data area
 */
export function acquireRun(
  halves: Int32Array,
  at: number,
  readable: number,
  maxLength: number,
  limit: number,
): number {
  let next = at;
  let last = -1;
  for (let n = Math.min(limit, LONGEST_RUN); n > 0 && next < readable; n--) {
    const length = halves[next] as number;
    if (length <= 0 || length > maxLength || halves[next + 1] !== 0) break;
    const end = next + (((length + 15) >>> 3) << 1);
    if (end >= readable) break;
    last = next;
    next = end;
  }
  // A word of which one half is old ends the run before it: the high half of a marker is not 0.
  if (last >= 0) Atomics.load(halves, last + 1);
  return next;
}
