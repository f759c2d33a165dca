/**
 * The seed of everything random in the tests, a number from 0 to 2^31 - 1. A failed test prints it; RINGWIRE_SEED sets
 * it, so that the same values come again.
 */
import process from 'node:process';

const LIMIT = 2 ** 31;

/** The seed of this run. The configuration chooses one for all workers. */
export const SEED = Number(process.env['RINGWIRE_SEED'] ?? Math.floor(Math.random() * LIMIT));
if (!Number.isInteger(SEED) || SEED < 0 || SEED >= LIMIT)
  throw new TypeError(
    `RINGWIRE_SEED must be a whole number from 0 to 2147483647, not '${process.env['RINGWIRE_SEED']}'`,
  );

/** Numbers from 0 up to and excluding 1; the same seed yields the same sequence (mulberry32). */
export function randomFrom(seed: number = SEED): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b_79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Whole numbers from 0 up to and excluding the argument. */
export function wholeNumbersFrom(seed: number = SEED): (below: number) => number {
  const random = randomFrom(seed);
  return (below) => Math.floor(random() * below);
}
