/** Checks of arguments and options. Every number from a caller is checked before its use. */
import { RingwireError } from '../../platform/index.js';

const I32_MIN = -(2 ** 31);
const I32_MAX = 2 ** 31 - 1;
const I64_MIN = -(2n ** 63n);
const I64_MAX = 2n ** 63n - 1n;
/** 292 years: the largest number of milliseconds whose nanoseconds fit in 63 bits. */
export const MAX_MS = 9_223_372_036_854;

/** @throws RingwireError `INVALID_ARGUMENT` unless `value` is a whole number from `min` to `max` */
export function requireWhole(name: string, value: number, min: number, max: number): number {
  if (Number.isSafeInteger(value) && value >= min && value <= max) return value;
  throw invalid(`${name} must be a whole number from ${min} to ${max}, not ${String(value)}`);
}

/** A stream id, session id, term id or type id. @throws RingwireError `INVALID_ARGUMENT` */
export function requireI32(name: string, value: number): number {
  return requireWhole(name, value, I32_MIN, I32_MAX);
}

/** A registration id. @throws RingwireError `INVALID_ARGUMENT` unless `value` is a bigint of 64 bits */
export function requireI64(name: string, value: bigint): bigint {
  if (typeof value === 'bigint' && value >= I64_MIN && value <= I64_MAX) return value;
  throw invalid(`${name} must be a bigint from -2^63 to 2^63-1, not ${String(value)}`);
}

/** A duration in whole milliseconds. @throws RingwireError `INVALID_ARGUMENT` */
export function requireMs(name: string, value: number, min = 0): number {
  return requireWhole(name, value, min, MAX_MS);
}

/** A limit of fragments or bytes: a whole number from 0, or infinity. @throws RingwireError `INVALID_ARGUMENT` */
export function requireLimit(name: string, value: number): void {
  if (value === Number.POSITIVE_INFINITY || (Number.isSafeInteger(value) && value >= 0)) return;
  throw invalid(`${name} must be a whole number from 0, or infinity, not ${String(value)}`);
}

/** @throws RingwireError `INVALID_ARGUMENT` unless `value` is a boolean */
export function requireBoolean(name: string, value: boolean): boolean {
  if (typeof value === 'boolean') return value;
  throw invalid(`${name} must be true or false, not ${String(value)}`);
}

/** @throws RingwireError `INVALID_ARGUMENT` for an option that is not in the list */
export function requireKnown(options: object, known: readonly string[]): void {
  if (options === null || typeof options !== 'object') {
    throw invalid(`options must be an object with ${known.join(', ')}`);
  }
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) {
      throw invalid(`unknown option '${name}'; expected one of ${known.join(', ')}`);
    }
  }
}

/** An `INVALID_ARGUMENT` error. */
export function invalid(message: string): RingwireError {
  return new RingwireError('INVALID_ARGUMENT', message);
}
