/**
 * The three sizes of the suite, named after the scripts that run it: `npm test`, `npm run test:all` and
 * `npm run test:long`. The tests are the same in each; RINGWIRE_SIZE (`test`, `all`, `long`) selects how much they do.
 */
const SIZES = ['test', 'all', 'long'] as const;
export type Size = (typeof SIZES)[number];

const { RINGWIRE_SIZE = 'test' } = process.env;
if (!(SIZES as readonly string[]).includes(RINGWIRE_SIZE))
  throw new TypeError(`unknown RINGWIRE_SIZE '${RINGWIRE_SIZE}'; expected one of ${SIZES.join(', ')}`);

/** The size of this run. */
export const SIZE = RINGWIRE_SIZE as Size;

/**
 * The value for the size of this run. `variable` names an environment variable with a number that overrides it.
 * @example const KILLS = sized({ test: 12, all: 300, long: 500 }, 'RINGWIRE_KILLS');
 */
export function sized<T>(values: Readonly<Record<Size, T>>, variable?: string): T {
  const given = variable === undefined ? undefined : process.env[variable];
  if (given === undefined) return values[SIZE];
  if (!(Number(given) > 0)) throw new TypeError(`${variable} must be a number above 0, not '${given}'`);
  return Number(given) as T;
}

/**
 * Whether this run checks time, memory and throughput. Such figures depend on what else the machine does, so only
 * `npm run test:long`, which needs a quiet machine, compares them with a bound.
 */
export const MEASURES = SIZE === 'long';
