/** The word that publishes a record of a log. */

/** Lengths as BigInts: publishing a record allocates none. The copy dominates the cost of longer records. */
const LENGTHS: readonly bigint[] = Array.from({ length: 4096 }, (_, length) => BigInt(length));

/** The word of a record of `length` bytes. */
export function lengthWord(length: number): bigint {
  return length < LENGTHS.length ? (LENGTHS[length] as bigint) : BigInt(length);
}
