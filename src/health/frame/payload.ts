/** Two 32-bit values in the payload of wire version 1, for example a queue length and a number of errors. */
import { RingwireError } from '../../platform/index.js';

/** Packs two numbers, each 0 to 2^32-1, into a payload: `high` in the upper half. @throws RingwireError `INVALID_ARGUMENT` */
export function packPayload(high: number, low: number): bigint {
  return (BigInt(u32('high', high)) << 32n) | BigInt(u32('low', low));
}

/** The halves of a payload. @throws RingwireError `INVALID_ARGUMENT` for a payload outside 0 to 2^64-1 */
export function unpackPayload(payload: bigint): { high: number; low: number } {
  if (payload < 0n || payload > 0xffff_ffff_ffff_ffffn) {
    throw new RingwireError('INVALID_ARGUMENT', `payload must be from 0 to 2^64-1, not ${payload}`);
  }
  return { high: Number(payload >> 32n), low: Number(payload & 0xffff_ffffn) };
}

function u32(name: string, value: number): number {
  if (Number.isInteger(value) && value >= 0 && value <= 0xffff_ffff) return value;
  throw new RingwireError(
    'INVALID_ARGUMENT',
    `${name} must be a whole number from 0 to 2^32-1, not ${value}`,
  );
}
