import { RingwireError } from '../../platform/index.js';

/** @throws RingwireError `INVALID_ARGUMENT` unless `value` is a whole number from 0 to `max` */
export function wholeNumber(name: string, value: number, max: number): number {
  if (Number.isSafeInteger(value) && value >= 0 && value <= max) return value;
  throw new RingwireError(
    'INVALID_ARGUMENT',
    `${name} must be a whole number from 0 to ${max}, not ${value}`,
  );
}

/** @throws RingwireError `INVALID_ARGUMENT` unless `value` is a u64, as a bigint or a safe integer */
export function u64(name: string, value: bigint | number): bigint {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return BigInt(value);
  if (typeof value === 'bigint' && value >= 0n && value <= 0xffffffffffffffffn) return value;
  throw new RingwireError(
    'INVALID_ARGUMENT',
    `${name} must be a bigint from 0 to 2^64-1 or a safe integer, not ${String(value)}`,
  );
}

/**
 * Refuses an option whose name is not in `known`.
 * @throws RingwireError `INVALID_ARGUMENT`
 */
export function onlyKnown(options: object, known: readonly string[]): void {
  if (options === null || typeof options !== 'object') {
    throw new RingwireError('INVALID_ARGUMENT', `options must be an object with ${known.join(', ')}`);
  }
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) {
      throw new RingwireError(
        'INVALID_ARGUMENT',
        `unknown option '${name}'; expected one of ${known.join(', ')}`,
      );
    }
  }
}

/**
 * Returns `value` if it is one of the allowed words.
 * @throws RingwireError `INVALID_ARGUMENT`
 */
export function oneOf<T extends string>(name: string, value: T, allowed: readonly T[]): T {
  if (allowed.includes(value)) return value;
  throw new RingwireError('INVALID_ARGUMENT', `${name} must be one of ${allowed.join(', ')}, not ${value}`);
}
