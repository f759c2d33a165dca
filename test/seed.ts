/**
 * The seed of everything random in the tests, a whole number from 0 to 2147483647. A failed test prints it;
 * RINGWIRE_SEED sets it, so that the same values come again.
 */
import * as random from './random.mjs';

/** The seed of this run. The configuration chooses it once for all workers, and processes inherit it. */
export const SEED: number = random.seedFromEnvironment() ?? Math.floor(Math.random() * 2 ** 31);

/** Numbers from 0 up to and excluding 1; the same seed yields the same sequence. */
export function randomFrom(seed: number = SEED): () => number {
  return random.randomFrom(seed);
}

/** Whole numbers from 0 up to and excluding the argument. */
export function wholeNumbersFrom(seed: number = SEED): (below: number) => number {
  const next = random.randomFrom(seed);
  return (below) => Math.floor(next() * below);
}
