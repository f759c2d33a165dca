/** Numbers, sizes and durations on the command line: the parsers of `platform/quantities`, with errors for commander. */
import { InvalidArgumentError } from 'commander';
import { parseBytes, parseNanoseconds, QuantityError } from '../platform/index.js';

const U64_MAX = 0xffff_ffff_ffff_ffffn;
const SHORTEST_INTERVAL = 50;

/** Milliseconds between two samples of a screen, without an option. */
export const DEFAULT_INTERVAL = 1000;

/** A parser of options that hold a whole number in a range. */
export function wholeNumberOption(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text.replaceAll('_', ''));
    if (/^\d+(_\d+)*$/.test(text) && Number.isSafeInteger(value) && value >= min && value <= max)
      return value;
    throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
  };
}

/** A parser of options that hold a size in a range of bytes. */
export function sizeBetween(min: number, max: number): (text: string) => number {
  return (text) => {
    const bytes = asArgument(() => parseBytes(text));
    if (bytes >= min && bytes <= max) return bytes;
    throw new InvalidArgumentError(`It must be a size from ${min} to ${max} bytes.`);
  };
}

/** Bytes, at least 1: `4096`, `64K`, `256MiB`, `64MB`. */
export const sizeOption = sizeBetween(1, Number.MAX_SAFE_INTEGER);

/** Nanoseconds, or `never`. */
export type Duration = bigint | 'never';

/** Nanoseconds from `250ms`, `1.5s`, `1m30s`; or `never`. */
export function durationOption(text: string): Duration {
  return text === 'never' ? text : asArgument(() => parseNanoseconds(text));
}

/** Milliseconds between two samples, at least 50. */
export function intervalOption(text: string): number {
  const interval = nanosToMillis(durationOption(text));
  if (interval !== undefined && interval >= SHORTEST_INTERVAL) return interval;
  throw new InvalidArgumentError(`It must be at least ${SHORTEST_INTERVAL}ms.`);
}

/** A number of 64 bits, decimal or 0x hexadecimal. */
export function u64Option(text: string): bigint {
  if (/^(\d+|0x[0-9a-f]+)$/i.test(text)) {
    const value = BigInt(text);
    if (value <= U64_MAX) return value;
  }
  throw new InvalidArgumentError('It must be a number from 0 to 2^64-1, decimal or 0x hexadecimal.');
}

/** Whole milliseconds for the timers of `platform/long-timer`, rounded up, at least 1; undefined for never. */
export function nanosToMillis(duration: Duration): number | undefined {
  return duration === 'never' ? undefined : Math.max(1, Number((duration + 999_999n) / 1_000_000n));
}

function asArgument<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw error instanceof QuantityError ? new InvalidArgumentError(`It ${error.message}.`) : error;
  }
}
