/** Checks of options. */
import { RingwireError } from '../platform/index.js';

/** @throws RingwireError `INVALID_ARGUMENT` unless the value is missing, or a whole number from 1 */
export function requireCount(name: string, value: number | undefined): void {
  if (value === undefined || (Number.isSafeInteger(value) && value >= 1)) return;
  throw new RingwireError('INVALID_ARGUMENT', `${name} must be a whole number from 1, not ${value}`);
}
