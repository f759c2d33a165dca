/** Numbers, sizes and durations as people type them, read from the command line. */
import { InvalidArgumentError } from 'commander';

const SIZE = /^(\d+)([KMG]?)(?:i?B)?$/i;
const SIZE_UNITS: Record<string, number> = { '': 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3 };
const DURATION = /^(\d+)(ns|us|ms|s|m|h)$/;
const NANOS: Record<string, bigint> = {
  ns: 1n,
  us: 1000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};
const U64_MAX = 0xffff_ffff_ffff_ffffn;

/** A reader of options that hold a whole number in a range. */
export function wholeNumberOption(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text.replaceAll('_', ''));
    if (/^[\d_]+$/.test(text) && Number.isSafeInteger(value) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
  };
}

/** Bytes: `4096`, `64K`, `256MiB`, `2G`; units are powers of 1024. */
export function sizeOption(text: string): number {
  const match = SIZE.exec(text);
  if (match === null) throw new InvalidArgumentError('It must be a size like 65536, 64K, 256M or 2G.');
  return Number(match[1]) * (SIZE_UNITS[(match[2] ?? '').toUpperCase()] ?? 1);
}

/** Nanoseconds. */
export type Duration = bigint | 'never';

/** Nanoseconds from `250ms`, `10s`, `2m`; or `never`. */
export function durationOption(text: string): Duration {
  if (text === 'never') return text;
  const match = DURATION.exec(text);
  const unit = NANOS[match?.[2] ?? ''];
  if (match === null || unit === undefined)
    throw new InvalidArgumentError('It must be a duration like 500us, 250ms, 10s, 2m, or never.');
  return BigInt(match[1] as string) * unit;
}

/** A number of 64 bits, decimal or 0x hexadecimal. */
export function u64Option(text: string): bigint {
  if (/^(\d+|0x[0-9a-f]+)$/i.test(text)) {
    const value = BigInt(text);
    if (value <= U64_MAX) return value;
  }
  throw new InvalidArgumentError('It must be a number from 0 to 2^64-1, decimal or 0x hexadecimal.');
}

/** Milliseconds for timers, at least 1; undefined for never. */
export function nanosToMillis(duration: Duration): number | undefined {
  return duration === 'never' ? undefined : Math.max(1, Number(duration / 1_000_000n));
}
