/** Classifies the word at the position of the next record. Source: kekbit `read`; docs/format.md, "Reading". */
import { CLOSE_LOW, MARKER_HIGH, WATERMARK_LOW } from './log-record-layout.js';

/** Records acquired at a time: few enough for their words to stay in the first cache. */
const LONGEST_RUN = 64;

/** Results of {@link classifyWord} other than a length. */
export const Word = { Watermark: -1, Close: -2, Invalid: -3 } as const;

/**
 * Returns the length of a record, 0 for a heartbeat or a hole, or one of {@link Word}.
 * @param high the high half of the word
 * @param low the low half, unsigned
 * @param maxLength length of the longest record of the channel in bytes
 */
export function classifyWord(high: number, low: number, maxLength: number): number {
  if (high === 0 && low <= maxLength) return low;
  if (high !== MARKER_HIGH) return Word.Invalid;
  if (low === WATERMARK_LOW) return Word.Watermark;
  return low === CLOSE_LOW >>> 0 ? Word.Close : Word.Invalid;
}

/** Returns the index of the first nonzero word from `at`, in halves, or `end`. */
export function endOfZeros(i32: Int32Array, at: number, end: number): number {
  let index = at;
  while (index + 2 <= end && Atomics.load(i32, index + 1) === 0 && i32[index] === 0) index += 2;
  return index;
}

/**
 * For a processor that keeps no order of plain loads: walks over at most `limit` published records from `at` with plain
 * loads, and then loads the word of the last one with acquire. Each step depends on the word before, so this one load
 * orders all payloads after it.
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
