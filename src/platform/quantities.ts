/**
 * Sizes and durations in text: one parser for the command line, YAML and tools.
 * `64K`, `64KiB` are 65,536 bytes; `64KB`, `64kB` are 64,000; `1m30s`, `1.5s`, `500us` are durations.
 */

/** The error of an invalid quantity. Its message is the end of a sentence: "must be …". */
export class QuantityError extends Error {
  override readonly name = 'QuantityError';
}

const BYTE_UNITS: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  k: 2 ** 10,
  m: 2 ** 20,
  g: 2 ** 30,
  t: 2 ** 40,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
};
/** Nanoseconds. */
const TIME_UNITS: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
  d: 86_400_000_000_000n,
};
const SIZE = /^(\d+)(?:\.(\d{1,9}))?\s*([kmgt]?(?:i?b)?)$/i;
const DURATION_PART = /(\d+)(?:\.(\d{1,9}))?(ns|us|µs|ms|s|m|h|d)/g;
const DURATION = new RegExp(`^(?:${DURATION_PART.source})+$`);

/** Longest duration of a Node timer in milliseconds. */
export const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * Bytes in `4096`, `64K`, `1.5MiB`, `64MB`: a whole number from 0 to 2^53-1. Upper and lower case are equal.
 * @throws QuantityError for anything else
 */
export function parseBytes(text: string): number {
  const match = SIZE.exec(text.trim());
  const unit = BYTE_UNITS[(match?.[3] ?? '').toLowerCase()];
  if (match === null || unit === undefined || (match[2] !== undefined && unit === 1)) {
    throw new QuantityError(`must be a size such as 65536, 64K, 1.5MiB or 64MB, not '${text}'`);
  }
  const value = Math.round(Number(`${match[1]}.${match[2] ?? 0}`) * unit);
  if (!Number.isSafeInteger(value)) throw new QuantityError(`must be at most 2^53-1 bytes, not '${text}'`);
  return value;
}

/**
 * Nanoseconds in `500us`, `250ms`, `1.5s`, `1m30s`, `2h`, `1d` or `0`: at most 2^63-1.
 * @throws QuantityError for anything else
 */
export function parseNanoseconds(text: string): bigint {
  const trimmed = text.trim();
  if (trimmed === '0') return 0n;
  if (!DURATION.test(trimmed)) {
    throw new QuantityError(`must be a duration such as 500us, 250ms, 1.5s, 1m30s or 2h, not '${text}'`);
  }
  let nanos = 0n;
  for (const [, whole, fraction = '', unit] of trimmed.matchAll(DURATION_PART)) {
    const size = TIME_UNITS[unit as string] as bigint;
    nanos += BigInt(whole as string) * size + (BigInt(fraction.padEnd(9, '0')) * size) / 1_000_000_000n;
  }
  if (nanos > 2n ** 63n - 1n) throw new QuantityError(`must be at most 2^63-1 nanoseconds, not '${text}'`);
  return nanos;
}

/**
 * Whole milliseconds in the durations of {@link parseNanoseconds}, rounded up: from 0 to `max`.
 * @param max default {@link MAX_TIMER_MS}, about 24.8 days
 * @throws QuantityError for anything else
 */
export function parseMilliseconds(text: string, max: number = MAX_TIMER_MS): number {
  const millis = (parseNanoseconds(text) + 999_999n) / 1_000_000n;
  if (millis > BigInt(max)) throw new QuantityError(`must be at most ${max} ms, not '${text}'`);
  return Number(millis);
}
