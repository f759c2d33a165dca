/**
 * The records of the benchmark: 64 bytes, 16 words, each computed from the sequence number and its place, so that the
 * reader verifies all of it at the price of 16 loads.
 */
export const BENCH_LENGTH = 64;
const WORDS = BENCH_LENGTH / 4;

/** Fills a record into words; the first is the sequence number. */
export function fillBenchRecord(words: Int32Array, sequence: number): void {
  words[0] = sequence;
  for (let i = 1; i < WORDS; i++) words[i] = Math.imul(sequence + i, 0x9e3779b1);
}

/** Whether the record that begins at a word index is the one with this sequence number. */
export function isBenchRecord(words: Int32Array, at: number, length: number, sequence: number): boolean {
  if (length !== BENCH_LENGTH || words[at] !== sequence) return false;
  for (let i = 1; i < WORDS; i++) if (words[at + i] !== Math.imul(sequence + i, 0x9e3779b1)) return false;
  return true;
}

/** A buffer for one record, and its words. */
export function benchRecord(): { bytes: Buffer; words: Int32Array } {
  const words = new Int32Array(WORDS);
  return { bytes: Buffer.from(words.buffer), words };
}

/** Bytes of a channel that holds so many records. */
export function benchCapacity(records: number): number {
  return records * (BENCH_LENGTH + 8) + 16_384;
}
