/** Classifies the word at the position of the next record. Source: kekbit `read`; docs/format.md, "Reading". */
import { CLOSE_LOW, MARKER_HIGH, WATERMARK_LOW } from './log-record-layout.js';

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
