// Random numbers for tests and for the processes that they start; a process inherits RINGWIRE_SEED.

/** The seed in the environment, or null. */
export function seedFromEnvironment() {
  const { RINGWIRE_SEED } = process.env;
  if (RINGWIRE_SEED === undefined) return null;
  const seed = Number(RINGWIRE_SEED);
  if (Number.isInteger(seed) && seed >= 0 && seed < 2 ** 31) return seed;
  throw new TypeError(`RINGWIRE_SEED must be a whole number from 0 to 2147483647, not '${RINGWIRE_SEED}'`);
}

/** mulberry32. */
export function randomFrom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b_79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
